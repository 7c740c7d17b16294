"""Check published events against the event store, and the store against what is published."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.core.contract import Contract
from harness.core.history import Called, History, Published, Reply, Role, Stored
from harness.core.json_values import parse_json, same_json
from harness.core.ledger import Ledger, World
from harness.core.violation import Hop, Kind, Violation
from harness.oracle.stored_events import (
    StoredEvent,
    carries,
    has_id,
    is_copy,
    numbered,
    own_members,
    published_events,
    published_records,
    read_event,
    stored_events,
    told_events,
)

UNTOLD = {"published.eventId": "eventId", "published.version": "version"}
"""Kinds of evidence that are untold of published events, and the members that they are."""


def _stored_as(
    event: StoredEvent, stored: list[StoredEvent], unseen: frozenset[str]
) -> StoredEvent | None:
    """The stored event that a published one is by its id; without ids, one that is equal.

    Where aggregates share an id, which is wrong enough, it is its own aggregate's.
    """
    if event.event_id is None:
        return next((e for e in stored if _shows(event, e, unseen)), None)
    same = [e for e in stored if str(e.event_id) == str(event.event_id)]
    own = [e for e in same if e.aggregate == event.aggregate]
    return next(reversed(own or same), None)


def _unseen(history: History) -> frozenset[str]:
    """The members that published events have in a form that nothing tells."""
    return frozenset(UNTOLD[kind] for kind in history.system.untold if kind in UNTOLD)


def _shown(event: StoredEvent, of: StoredEvent, unseen: frozenset[str]) -> dict[str, Any]:
    """A stored event as the published one shows it: ``unseen`` members that it lacks left out.

    A published event gets them from the stored one, which is not there yet where the function that
    stores is handed what the command published.
    """
    lacking = unseen - event.document.keys()
    return {name: value for name, value in of.document.items() if name not in lacking}


def _shows(event: StoredEvent, of: StoredEvent, unseen: frozenset[str]) -> bool:
    return same_json(_shown(event, of, unseen), event.document)


def check_published(contract: Contract, history: History, ledger: Ledger) -> Iterator[Violation]:
    """Each published event is a stored one, under its own type, if its carrier names one beside it.

    A bus always does; Kinesis and an invocation never do, a message may. Without a store that can
    be looked into there is nothing to compare with.
    """
    if "log" not in history.system.capabilities:
        return
    ever = [read_event(contract, r.key, r.text) for r in history.of(Stored)]
    stored = [e for e in (*ever, *stored_events(contract, history)) if e is not None]
    unseen = _unseen(history)
    ahead = _ahead(contract, history, unseen) if _failures(history) else []
    for event in published_events(contract, history):
        found = _stored_as(event, stored, unseen)
        if found is None or any(is_copy(early, event) for early in ahead):
            yield Violation(Kind.PUBLISHED_ONLY, event.aggregate, -1, "stored before published",
                            event.document, Hop.STORE)
            continue
        expected = {"DetailType": found.document["type"],
                    "Detail": _shown(event, found, unseen)}
        named = event.place or found.document["type"]
        observed = {"DetailType": named, "Detail": event.document}
        if not same_json(expected, observed):
            yield Violation(Kind.PUBLISHED_DIFFERS, event.aggregate, -1, expected, observed,
                            Hop.BUS)


def _ahead(
    contract: Contract, history: History, unseen: frozenset[str]
) -> list[StoredEvent]:
    """Events that were published before they were stored: a failure in between makes them up.

    It makes up none that a projection stores: its carrier hands it what was published until then.
    Nor may one come between where one call does both: a pipe publishes what that call stores.
    """
    late = [e for r in history.of(Stored) if r.role is Role.PROJECTION
            and (e := read_event(contract, r.key, r.text)) is not None]
    ahead: list[StoredEvent] = []
    stored: list[StoredEvent] = []
    published: list[StoredEvent] = []
    shown = published_records(history)
    for record in history.records:
        if isinstance(record, Stored):
            event = read_event(contract, record.key, record.text)
            stored += [event] if event is not None else []
        elif isinstance(record, Published) and record.role is Role.COMMAND and record in shown:
            event = read_event(contract, record.detail_type, record.detail)
            published += [event] if event is not None else []
        elif isinstance(record, Called):
            ahead += [event for event in published if not any(
                _stored_as(event, there, unseen) for there in (stored, late))]
            published.clear()
    return ahead


def _failures(history: History) -> bool:
    """Tell if a fault has hit a function that passes events on."""
    publishing = (Role.COMMAND, Role.RELAY)
    return any(c.error is not None and c.role in publishing for c in history.of(Called))


def check_unpublished(contract: Contract, history: History, ledger: Ledger) -> Iterator[Violation]:
    """After failures, the event of each acknowledged command is published as well.

    A projection may fill the gap from the store; other listeners on the bus cannot. The event may
    be published by any function. Without failures a view that lacks the event shows the violation.
    """
    seen = "bus" in history.system.capabilities and "published" not in history.system.untold
    if not _failures(history) or history.system.queued or not seen:
        return
    published = told_events(contract, history)
    for event in numbered(stored_events(contract, history)):
        worlds = ledger.worlds.get(event.aggregate, ())
        certain = all(_has_effect(contract, world, event) for world in worlds)
        told = any(is_copy(other, event) or _same_id(other, event) for other in published)
        excused = event.aggregate in ledger.contradicted or (
            event.aggregate in ledger.unrepaired and not _acknowledged(contract, ledger, event))
        if worlds and certain and not told and not excused:
            yield Violation(Kind.UNPUBLISHED, event.aggregate, -1, event.document,
                            "never published", Hop.BUS)


def _acknowledged(contract: Contract, ledger: Ledger, event: StoredEvent) -> bool:
    """Tell if the event is one of acknowledged commands, and of none whose fate is open."""
    alike = [judged.sent.reply for judged in ledger.commands if judged.aggregate == event.aggregate
             and judged.reading.command is not None
             and same_json(judged.reading.command, own_members(contract, event))]
    return bool(alike) and all(reply is Reply.ACCEPTED for reply in alike)


def _has_effect(contract: Contract, world: World, event: StoredEvent) -> bool:
    return any(carries(event.document, parse_json(text)) for text in world.effects)


def _same_id(one: StoredEvent, other: StoredEvent) -> bool:
    return has_id(one) and str(one.event_id) == str(other.event_id)
