"""Evidence from the event store and the bus, read as section 4 of the contract describes it.

A JSON object in the bucket is an event when it has a command type of the contract and names
an aggregate; anything else there (a snapshot, a marker of an idempotency key) is the
implementation's own business. Two objects that are equal are one event.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from harness.contract import Contract, same_json
from harness.history import History, Published, Role, Stored
from harness.wire import parse_json


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """One event as the store or the bus has it."""

    place: str
    aggregate: str
    event_id: Any
    version: Any
    document: dict[str, Any]


def read_event(contract: Contract, place: str, text: str) -> StoredEvent | None:
    """The event in a text, or None if it is none."""
    try:
        document = parse_json(text)
    except ValueError:
        return None
    if not isinstance(document, dict) or not _is_event(contract, document):
        return None
    return StoredEvent(place, str(document[contract.id_member]), document.get("eventId"),
                       document.get("version"), document)


def _is_event(contract: Contract, document: dict[str, Any]) -> bool:
    kind = document.get("type")
    return isinstance(kind, str) and kind in contract.types and contract.id_member in document


def stored_events(contract: Contract, history: History) -> list[StoredEvent]:
    """The events in the store at the end, equal ones once, by aggregate and version."""
    texts: dict[str, str] = {}
    for record in history.of(Stored):
        if record.change == "removed":
            texts.pop(record.key, None)
        else:
            texts[record.key] = record.text
    events = [read_event(contract, key, text) for key, text in texts.items()]
    return sorted(_distinct(e for e in events if e is not None), key=_order)


def _distinct(events: Iterator[StoredEvent]) -> list[StoredEvent]:
    found: list[StoredEvent] = []
    for event in events:
        if not any(same_json(event.document, other.document) for other in found):
            found.append(event)
    return found


def _order(event: StoredEvent) -> tuple[str, float, str]:
    whole = isinstance(event.version, int) and not isinstance(event.version, bool)
    return event.aggregate, event.version if whole else float("inf"), event.place


def published_events(contract: Contract, history: History) -> list[StoredEvent]:
    """The events that the command function published, in order; the place is the DetailType."""
    published = (p for p in history.of(Published) if p.role is Role.COMMAND)
    events = [read_event(contract, p.detail_type, p.detail) for p in published]
    return [event for event in events if event is not None]
