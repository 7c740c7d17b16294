"""The interface of a domain, and the errors that a domain raises.

In these contracts an accepted command is recorded as it is, so `decide` only refuses or passes,
and an event is a command plus `eventId` and `version`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

State = TypeVar("State")
View = dict[str, Any]


class RejectedError(Exception):
    """A definite no: the command has had no effect; the text may be shown to the caller."""


class InvalidCommandError(RejectedError):
    """The input is no command of this domain."""


class RefusedError(RejectedError):
    """A valid command that the rules do not allow now."""


class AlreadyExistsError(RefusedError):
    """The aggregate must not exist, but does (or once did, where that counts)."""


class DoesNotExistError(RefusedError):
    """The aggregate must exist, but does not."""


@dataclass(frozen=True, slots=True)
class Command:
    """A validated command; `members` are its own, the aggregate's id among them."""

    type: str
    aggregate_id: str
    members: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Event:
    """An event: version n of an aggregate is its n-th event, counted from 1."""

    event_id: str
    version: int
    type: str
    aggregate_id: str
    members: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Domain(Generic[State]):
    """A domain as the machinery sees it; every function is pure.

    `parse` raises InvalidCommandError and keeps only the members it knows. `decide` raises
    RefusedError. `view` is None when there is nothing to show, and `restore` is its inverse: a read
    model row must be enough to go on folding. Numbers are int or Decimal, never float.
    """

    id_member: str
    initial: State
    is_id: Callable[[object], bool]
    parse: Callable[[Mapping[str, object]], Command]
    decide: Callable[[State, Command], None]
    evolve: Callable[[State, Event], State]
    view: Callable[[State], View | None]
    restore: Callable[[View | None], State]
