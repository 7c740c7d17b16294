"""Violations: the findings of checks, as data with their evidence.

A check names the kind; which requirement that violates is the contract's to say, because it
also depends on what is necessary to bring it about (``Cause``).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """The kinds of violations."""

    VALID_REFUSED = "a valid command was refused"
    VALID_FAILED = "a valid command got a server error"
    TURNED_AWAY = "a command was turned away as busy, and nothing else was going on"
    UNDECIDED = "a command that was taken in has never got a result"
    NOT_AN_OBJECT = "an acknowledgement is not a JSON object"
    REFUSAL_ACCEPTED = "a command that the rules refuse was accepted"
    REFUSAL_FAILED = "a command that the rules refuse got a server error"
    INVALID_ACCEPTED = "an invalid command was accepted"
    INVALID_FAILED = "an invalid command got a server error"
    INVALID_STATUS = "an invalid command was refused with an unexpected status"
    REPEAT_REFUSED = "a repeated command was not acknowledged again"
    REPEAT_FAILED = "a repeated command got a server error"
    REUSE_ACCEPTED = "a reused Idempotency-Key was accepted"
    REUSE_FAILED = "a reused Idempotency-Key got a server error"
    DISCLOSURE = "a response discloses an internal detail"
    QUERY_FAILED = "a query got a server error"
    HOSTILE_QUERY_FAILED = "a query for a hostile id did not get 4xx"
    QUERY_FORM = "a view is not a 200 application/json object"
    UNKNOWN_VISIBLE = "an id that never existed has a view"
    CLIENT_MEMBER = "a member that a client made up is in a view"
    CLIENT_CHOSEN = "a stored event has the id or the version that a client made up"
    VIEW_WRONG = "the view is not the fold of the acknowledged commands"
    DELETED_VISIBLE = "an aggregate that is gone has a view"
    VIEW_UNSTABLE = "the view changed after it had converged"
    NEVER_SETTLED = "events set each other off without an end"
    READ_NOT_PREFIX = "a read is not the fold of any prefix of the events"
    READ_WENT_BACK = "a read is older than an earlier one"
    EVENT_MISSING = "an acknowledged command has no stored event"
    EVENT_EXTRA = "the store has an event that no acknowledged command explains"
    VERSIONS = "versions are not 1..n in the order of the commands"
    STORE_CHANGED = "a stored event was changed or removed"
    EVENT_MEMBERS = "a stored event lacks a member or has a wrong one"
    NOT_LINEARIZABLE = "no order of the overlapping commands explains their replies"
    PUBLISHED_ONLY = "a published event is not in the store"
    PUBLISHED_DIFFERS = "a published event is not the stored one"
    UNPUBLISHED = "the event of an acknowledged command was never published"
    REPORTED_BACK = "a record that did not fail was reported back"
    REPORT_UNREADABLE = "a report of failed records cannot be read"
    COMMAND_TOUCHES_VIEW = "the command function touches the read model"
    PROJECTION_PUBLISHES = "the projection publishes events"
    PROJECTION_STORES = "the projection writes to the event store"
    QUERY_WRITES = "the query function writes"
    NOT_ALLOWED = "a function's role does not allow what it does"
    WILDCARD = "a function's role allows more than named actions on named resources"


class Cause(StrEnum):
    """A disturbance that a violation needs in order to appear; a plain sequence has none."""

    STALE_READ = "a read that shows an earlier state"
    PROJECTION_STALE_READ = "a projection's read that shows an earlier state"
    CRASH = "a crash of the command function"
    PUBLISH_FAILURE = "a failed PutEvents"
    CALL_FAILURE = "a failed AWS call of the command function"
    RELAY_FAILURE = "a crash or a failed AWS call of a relay"
    RELAY_PUBLISH_FAILURE = "a relay's failed publishing"
    RELAY = "a disturbed delivery to a relay"
    PROJECTION_FAILURE = "a crash or a failed AWS call of the projection"
    QUERY_FAILURE = "a failed AWS call of the query function"
    CONCURRENT_COMMANDS = "overlapping commands"
    CONCURRENT_DELIVERIES = "overlapping deliveries"
    WARM = "a warm environment"
    LONG = "a long history"
    IDS = "an id that begins another id"
    OTHERS = "another aggregate"
    RETRY = "a repeated Idempotency-Key"
    REUSE = "an Idempotency-Key used with two bodies"
    BASE64 = "a base64-encoded body"
    COMMAND_BATCH = "commands in one batch"
    DUPLICATE = "a repeated delivery"
    REORDER = "another order of delivery"
    LOSS = "a lost delivery"
    POISON = "an unprocessable event"
    BATCH = "deliveries in one batch"
    EXPIRY = "an item whose time to live runs out"
    REBUILD = "a rebuild of the read model"
    REFUSAL = "a refused command"
    INVALID_BODY = "an invalid body"
    INVALID_TYPE = "an invalid type"
    INVALID_MEMBER = "an invalid member"
    INVALID_ID = "a hostile id"
    OVERSIZED = "an oversized body"
    UNKNOWN_MEMBER = "an unknown member"


class Hop(StrEnum):
    """The first place on an event's way where the observed differs from the expected."""

    COMMAND = "command"
    STORE = "store"
    RELAY = "relay"
    BUS = "bus"
    PROJECTION = "projection"
    QUERY = "query"


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that is wrong in a history.

    ``expected`` and ``observed`` are JSON-ready; ``step`` is the scenario's step it shows at.
    ``flaw`` is the class of bad input, where there was some.
    """

    kind: Kind
    aggregate: str | None
    step: int
    expected: Any
    observed: Any
    hop: Hop
    flaw: str | None = None
