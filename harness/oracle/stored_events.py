"""Evidence from the event store and the bus, read as section 4 of the contract describes it.

A JSON object in the bucket is an event when it has an event type of the contract and names
an aggregate; anything else there (a snapshot, a marker of an idempotency key) is the
implementation's own business. So is a bare command, as sent or with neither eventId nor version,
where events have them. Objects that are equal are one event, and so is a copy with additions,
such as an outbox's entry: the same event id and version, and every member of the event. One that
says less of an event that is there as a whole is a note about it, such as the receipt kept for an
Idempotency-Key: the same event id, and nothing that contradicts the event. Bare
commands that are equal cannot be told apart, so each object may be an event of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from harness.core.contract import Contract
from harness.core.history import Delivered, History, Published, Role, Sent, SentBatch, Stored
from harness.core.json_values import parse_json, parse_object, same_json


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """One event as the store or the bus has it; ``bare``: it says no more than a client did."""

    place: str
    aggregate: str
    event_id: Any
    version: Any
    document: dict[str, Any]
    bare: bool = False


def read_event(contract: Contract, place: str, text: str) -> StoredEvent | None:
    """The event in a text, or None if it is none."""
    document = parse_object(text)
    if document is None or not _is_event(contract, document):
        return None
    return StoredEvent(place, str(document[contract.id_member]), document.get("eventId"),
                       _integer(document.get("version")), document)


def _integer(value: Any) -> Any:
    """1.0 as the integer it is: JSON does not tell them apart."""
    if isinstance(value, Decimal) and abs(value) < 2**53 and value == int(value):
        return int(value)
    return value


def own_members(contract: Contract, event: StoredEvent) -> dict[str, Any]:
    """The members of an event that the contract names."""
    known = {"type", contract.id_member, *contract.stored_types[str(event.document["type"])]}
    return {name: value for name, value in event.document.items() if name in known}


def _is_event(contract: Contract, document: dict[str, Any]) -> bool:
    kind = document.get("type")
    known = isinstance(kind, str) and kind in contract.stored_types
    return known and contract.id_member in document


def stored_events(contract: Contract, history: History) -> list[StoredEvent]:
    """The events in the store at the end, by aggregate and version; equal ones once, less bare."""
    texts: dict[str, str] = {}
    for record in history.of(Stored):
        if record.change == "removed":
            texts.pop(record.key, None)
        else:
            texts[record.key] = record.text
    read = [read_event(contract, key, text) for key, text in texts.items()]
    sent = _sent_as_events(history)
    told = [_told(event, sent) for event in read if event is not None]
    proper = _without_notes(contract, [event for event in told if not event.bare])
    return sorted(distinct(proper) if proper else told, key=_order)


def _without_notes(contract: Contract, events: list[StoredEvent]) -> list[StoredEvent]:
    return [e for e in events if not any(is_note(contract, e, of=other) for other in events)]


def is_note(contract: Contract, event: StoredEvent, *, of: StoredEvent) -> bool:
    """Tell if an object is only a note about an event that is stored as a whole."""
    same = has_id(event) and event.event_id == of.event_id
    if not same or event.aggregate != of.aggregate or not _lacking(contract, event):
        return False
    shared = contract.named_members() & event.document.keys() & of.document.keys()
    agreeing = carries(of.document, {name: event.document[name] for name in {*shared, "type"}})
    return agreeing and event.version in (None, of.version) and not _lacking(contract, of)


def _lacking(contract: Contract, event: StoredEvent) -> bool:
    """Tell if the version or a required member is absent."""
    members = contract.stored_types[str(event.document["type"])]
    needed = {name for name, member in members.items() if member.required}
    return event.version is None or not needed <= event.document.keys()


def _told(event: StoredEvent, sent: list[Any]) -> StoredEvent:
    unnamed = event.event_id is None and event.version is None
    bare = unnamed or any(same_json(event.document, body) for body in sent)
    return replace(event, bare=bare)


def _sent_as_events(history: History) -> list[Any]:
    """The bodies by which clients name an event's id or version."""
    bodies = [r.body or "" for r in history.of(Sent)]
    bodies += [body for batch in history.of(SentBatch) for body in batch.bodies]
    naming = (b for b in bodies if "eventId" in b or "version" in b)
    return [document for body in naming for document in _parsed(body)]


def _parsed(text: str) -> list[Any]:
    try:
        return [parse_json(text)]
    except ValueError:
        return []


def without_claims(events: list[StoredEvent]) -> list[StoredEvent]:
    """The events, less objects with an eventId but no version."""
    return [event for event in events if event.version is not None or not has_id(event)]


def numbered(events: list[StoredEvent]) -> list[StoredEvent]:
    """The events; where any has a version, less objects with an eventId but no version.

    An implementation may note the event id of an Idempotency-Key before it decides on the command.
    If the command is refused or never repeated, only that note is stored, and it is no event.
    """
    proper = without_claims(events)
    return proper if any(event.version is not None for event in proper) else events


def distinct(events: list[StoredEvent]) -> list[StoredEvent]:
    """The events without their copies."""
    found: list[StoredEvent] = []
    for event in sorted(events, key=lambda event: len(event.document)):
        if not any(is_copy(event, other) for other in found):
            found.append(event)
    return found


def is_copy(event: StoredEvent, of: StoredEvent) -> bool:
    """Tell if an object is a copy of another one, perhaps with additional members."""
    if same_json(event.document, of.document):
        return True
    same_id = has_id(event) and event.event_id == of.event_id
    same_place = event.version == of.version and event.aggregate == of.aggregate
    return same_id and same_place and carries(event.document, of.document)


def has_id(event: StoredEvent) -> bool:
    """Tell if it has an id: a text that is not empty, or a whole number."""
    value = event.event_id
    return bool(value) if isinstance(value, str) else is_whole(value)


def is_whole(value: Any) -> bool:
    """Tell if a JSON value is an integer."""
    return isinstance(value, int) and not isinstance(value, bool)


def carries(document: dict[str, Any], members: dict[str, Any]) -> bool:
    """Tell if a document has all those members with those values."""
    return all(n in document and same_json(document[n], value) for n, value in members.items())


def _order(event: StoredEvent) -> tuple[str, float, str]:
    place = event.version if is_whole(event.version) else float("inf")
    return event.aggregate, place, event.place


def published_records(history: History) -> list[Published]:
    """The entries by which commands or relays publish, in order.

    A message of a command function that is handed to relays alone is none: it may be a command on
    its way to the function that stores, and where it is a stored event, what a relay makes of it is
    published.
    """
    relays = {each.name for each in history.system.functions if each.role is Role.RELAY}
    handed: dict[int, set[str]] = {}
    for delivered in history.of(Delivered):
        handed.setdefault(delivered.number, set()).add(delivered.function)
    return [p for p in history.of(Published) if p.role is Role.RELAY or (
        p.role is Role.COMMAND and not (
            p.number in handed and handed[p.number] <= relays))]


def published_events(contract: Contract, history: History) -> list[StoredEvent]:
    """The events that commands or relays published, in order; the place is the DetailType."""
    return _events_in(contract, published_records(history))


def told_events(contract: Contract, history: History) -> list[StoredEvent]:
    """The published events, and those that a pipe has put on their way from a function's answer."""
    piped = [record for record in history.of(Published) if record.role is None]
    return [*published_events(contract, history), *_events_in(contract, piped)]


def _events_in(contract: Contract, records: Iterable[Published]) -> list[StoredEvent]:
    events = [read_event(contract, p.detail_type, p.detail) for p in records]
    return [event for event in events if event is not None]
