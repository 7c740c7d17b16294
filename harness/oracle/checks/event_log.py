"""The event store against the acknowledged commands, and the bus against the store."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from harness.core.contract import Contract
from harness.core.history import History, Stored
from harness.core.json_values import parse_json, same_json
from harness.core.ledger import Expect, JudgedCommand, Ledger, World
from harness.core.repetition import canonical_text
from harness.core.violation import Hop, Kind, Violation
from harness.oracle.stored_events import (
    StoredEvent,
    carries,
    distinct,
    has_id,
    is_copy,
    is_note,
    is_whole,
    read_event,
    stored_events,
    without_claims,
)
from harness.oracle.worlds import possible_events


def check_log(contract: Contract, history: History, ledger: Ledger) -> Iterator[Violation]:
    """The events of each command that took effect, numbered 1..n in their order.

    Where nothing tells of versions, only the events themselves are judged.
    """
    if "log" not in history.system.capabilities:
        return
    numbered = "version" not in history.system.untold
    events: dict[str, list[StoredEvent]] = defaultdict(list)
    stored = stored_events(contract, history)
    yield from _shared_ids(stored)
    for event in stored:
        events[event.aggregate].append(event)
    for aggregate in dict.fromkeys([*ledger.worlds, *events]):
        if aggregate in ledger.contradicted:
            continue
        worlds = ledger.worlds.get(aggregate, ())
        for violation in _aggregate(contract, aggregate, events[aggregate], worlds):
            if numbered or violation.kind is not Kind.VERSIONS:
                yield violation


def _aggregate(
    contract: Contract, aggregate: str, events: list[StoredEvent], worlds: tuple[World, ...]
) -> Iterator[Violation]:
    """Judge one aggregate's events.

    Events without ids and versions are wrong however many there ought to be; another violation must
    not hide that, or its cause would be blamed. An object with an eventId but no version is ignored
    unless an expected event is missing.
    """
    allowed = sorted({len(world.effects) for world in worlds} or {0})
    proper = without_claims(events)
    if any(len(distinct(proper)) <= number <= len(proper) for number in allowed):
        events = proper
    fewest = len(distinct(events))
    if not any(fewest <= number <= len(events) for number in allowed):
        yield _count(aggregate, events, worlds, allowed)
        yield from _forms(aggregate, events)
        return
    candidates = [w.effects for w in worlds if fewest <= len(w.effects) <= len(events)]
    faults = [_faults(contract, aggregate, events, effects) for effects in candidates]
    yield from min(faults, key=len, default=[])


def _count(
    aggregate: str, events: list[StoredEvent], worlds: tuple[World, ...], allowed: list[int]
) -> Violation:
    kind = Kind.EVENT_MISSING if len(events) < allowed[0] else Kind.EVENT_EXTRA
    expected = [parse_json(text) for text in worlds[0].effects] if worlds else []
    return Violation(kind, aggregate, -1, expected, [e.document for e in events], Hop.STORE)


def _faults(
    contract: Contract, aggregate: str, events: list[StoredEvent], effects: tuple[str, ...]
) -> list[Violation]:
    return [*_versions(contract, aggregate, events, effects),
            *_members(contract, aggregate, events, effects)]


def _versions(
    contract: Contract, aggregate: str, events: list[StoredEvent], effects: tuple[str, ...]
) -> Iterator[Violation]:
    versions = [event.version for event in events]
    wanted = list(range(1, len(events) + 1))
    types = [event.document["type"] for event in events]
    commands = [parse_json(text)["type"] for text in effects]
    chosen = any(event.bare for event in events)
    if _whole(versions) and not chosen and (versions != wanted or types != commands):
        yield Violation(
            Kind.VERSIONS, aggregate, -1,
            list(zip(wanted, commands, strict=True)), list(zip(versions, types, strict=True)),
            Hop.STORE)


def _whole(versions: list[Any]) -> bool:
    return all(map(is_whole, versions))


def _members(
    contract: Contract, aggregate: str, events: list[StoredEvent], effects: tuple[str, ...]
) -> Iterator[Violation]:
    wrong = list(_forms(aggregate, events))
    if wrong:
        yield from wrong
        return
    own = [parse_json(text) for text in effects]
    for event in events:
        if not any(carries(event.document, command) for command in own):
            yield Violation(Kind.EVENT_MEMBERS, aggregate, -1, {"one of": own}, event.document,
                            Hop.STORE)
            return
    ids = [str(event.event_id) for event in events]
    if len(set(ids)) < len(ids):
        yield Violation(Kind.EVENT_MEMBERS, aggregate, -1, "unique eventIds", ids, Hop.STORE)


def check_chosen(contract: Contract, history: History, ledger: Ledger) -> Iterator[Violation]:
    """No client has named an event's id, or a version that is not its place.

    An event of a command that has to be refused is wrong whatever is in it.
    """
    stored = stored_events(contract, history)
    for judged in ledger.commands:
        command, made_up = judged.reading.command or {}, _made_up(contract, judged)
        if not made_up or Expect.ACCEPT not in judged.expected:
            continue
        worlds = ledger.worlds.get(str(judged.aggregate), ())
        caused = [e for events in possible_events(contract, worlds, command) for e in events]
        places = _places(worlds, {canonical_text(each) for each in caused})
        for event in stored:
            own = any(carries(event.document, dict(each)) for each in caused)
            taken = _taken(event, made_up, places) if own else {}
            if taken:
                yield Violation(Kind.CLIENT_CHOSEN, event.aggregate, judged.sent.step,
                                f"no {' and no '.join(taken)} of a client's", taken, Hop.COMMAND)


def _made_up(contract: Contract, judged: JudgedCommand) -> dict[str, Any]:
    """The members of a command that only the system may give its event."""
    if judged.reading.command is None or judged.reading.flaw is None:
        return {}
    sent = parse_json(judged.sent.body or "")
    named = contract.named_members()
    return {name: sent[name] for name in ("eventId", "version") if name in sent.keys() - named}


def _places(worlds: tuple[World, ...], events: set[str]) -> set[int]:
    """The versions that a command's events may have."""
    return {place for world in worlds
            for place, effect in enumerate(world.effects, 1) if effect in events}


def _taken(event: StoredEvent, made_up: dict[str, Any], places: set[int]) -> dict[str, Any]:
    """The made-up members that the event has; a version that is right anyway shows nothing."""
    own = {name: value for name, value in made_up.items()
           if name in event.document and same_json(event.document[name], value)}
    return {name: v for name, v in own.items() if name != "version" or v not in places}


def _forms(aggregate: str, events: list[StoredEvent]) -> Iterator[Violation]:
    """The first event without a proper id or version."""
    for event in events:
        missing = _wrong_members(event)
        if missing:
            yield Violation(Kind.EVENT_MEMBERS, aggregate, -1, missing, event.document, Hop.STORE)
            return


def _shared_ids(events: list[StoredEvent]) -> Iterator[Violation]:
    """Events of different aggregates under one id; within an aggregate see ``_members``."""
    first: dict[str | int, StoredEvent] = {}
    for event in events:
        if has_id(event):
            other = first.setdefault(event.event_id, event)
            if other.aggregate != event.aggregate:
                yield Violation(Kind.EVENT_MEMBERS, event.aggregate, -1, "unique eventIds",
                                [other.document, event.document], Hop.STORE)


def _wrong_members(event: StoredEvent) -> str | None:
    if not has_id(event):
        return "eventId: a text or a whole number"
    if not is_whole(event.version):
        return "version: an integer"
    return None


def check_immutable(contract: Contract, history: History, ledger: Ledger) -> Iterator[Violation]:
    """A stored event is never changed or removed."""
    texts: dict[str, str] = {}
    for record in history.of(Stored):
        before = texts.get(record.key)
        texts[record.key] = record.text
        if record.change == "added":
            continue
        event = read_event(contract, record.key, before or record.text)
        after = record.text if record.change == "changed" else None
        if record.change == "removed":
            del texts[record.key]
        if event is not None and not _same_event(event, after) and not _stored_twice(
            contract, event, record.key, texts
        ):
            yield Violation(Kind.STORE_CHANGED, event.aggregate, -1, event.document,
                            after or "removed", Hop.STORE)


def _stored_twice(
    contract: Contract, event: StoredEvent, key: str, texts: dict[str, str]
) -> bool:
    """Tell if another object is the event too, so that only a copy of it changed."""
    others = (read_event(contract, k, text) for k, text in texts.items() if k != key)
    return any(
        other is not None and (is_copy(event, other) or is_note(contract, event, of=other))
        for other in others
    )


def _same_event(event: StoredEvent, text: str | None) -> bool:
    try:
        return text is not None and same_json(parse_json(text), event.document)
    except ValueError:
        return False
