"""The judgement of one aggregate: its events against the rules, its view against their fold.

Where two events have one version, or the rules would have refused one, it is not known what the
projection should have made of them. Each way is followed, and the view is right if it is right in
one of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from harness.audit.findings import Finding, Found
from harness.audit.partitions import Lines
from harness.core.commands import Acceptance, Command, Refused
from harness.core.contract import Contract, Member, one_event
from harness.core.json_values import same_json, to_json

MOST_WAYS = 64
Event = tuple[str, dict[str, Any]]
"""The place of an event, and its document."""


def is_event(contract: Contract, value: Any) -> bool:
    """Tell if a document is an event of the contract, in its canonical form."""
    return (isinstance(value, dict) and value.get("type") in contract.stored_types
            and _text(value.get(contract.id_member)) and _text(value.get("eventId"))
            and isinstance(value.get("version"), int) and not isinstance(value["version"], bool)
            and value["version"] > 0)


def is_view(contract: Contract, value: Any) -> bool:
    """Tell if a document is a view: an object that names its aggregate."""
    return isinstance(value, dict) and _text(value.get(contract.id_member))


def judge(
    contract: Contract, aggregate: str, lines: Lines, *, with_views: bool
) -> Iterator[Found]:
    """The findings of one aggregate, one for each kind and cause."""
    events = _without_repetitions(lines.events)
    versions = [event["version"] for _, event in events]
    missing = sorted(set(range(1, max(versions, default=0) + 1)) - set(versions))
    if missing:
        yield Found(Finding.GAP, aggregate, {"versions": missing})
    yield from _duplicates(aggregate, events)
    if missing:
        return  # the rules and the fold need all of them
    fold = _Fold(contract)
    for version in sorted(set(versions)):
        fold.take([event for event in events if event[1]["version"] == version])
    for place, event in fold.refused:
        yield Found(Finding.REFUSED_EVENT, aggregate,
                    {"version": event["version"], "eventId": event["eventId"], "place": place})
    if with_views:
        yield from _views(aggregate, fold, lines)


def _without_repetitions(events: Sequence[Event]) -> list[Event]:
    """The events by version; one that is there twice with the same members counts once."""
    found: list[Event] = []
    for event in sorted(events, key=lambda event: (event[1]["version"], to_json(event[1]))):
        same = [known for known in found[-MOST_WAYS:] if known[1]["version"] == event[1]["version"]]
        if not any(same_json(known[1], event[1]) for known in same):
            found.append(event)
    return found


def _duplicates(aggregate: str, events: Sequence[Event]) -> Iterator[Found]:
    versions = Counter(event["version"] for _, event in events)
    ids = Counter(event["eventId"] for _, event in events)
    double = sorted(version for version, number in versions.items() if number > 1)
    again = sorted(id for id, number in ids.items() if number > 1)
    if double or again:
        places = [place for place, event in events
                  if event["version"] in double or event["eventId"] in again]
        yield Found(Finding.DUPLICATE, aggregate,
                    {"versions": double, "eventIds": again, "places": places})


class _Fold:
    """The fold of an aggregate's events: the possible states, and the views after each version."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._states = [contract.initial]
        self.views: list[list[Any]] = [[contract.view(contract.initial)]]
        self.refused: list[Event] = []
        self.known = True

    def take(self, events: Sequence[Event]) -> None:
        """Take the events of the next version: one, unless there are duplicates."""
        following: list[Any] = []
        allowed = False
        for _, event in events:
            for state in self._states:
                refused = self._refuses(state, event)
                allowed |= not refused
                following += self._after(state, event)
                following += [state] if refused else []
        if not allowed and self._states:
            self.refused += events
        different = _different(following)
        self.known &= 0 < len(different) <= MOST_WAYS
        self._states = different[:MOST_WAYS]
        self.views.append([self._contract.view(state) for state in self._states])

    def _refuses(self, state: Any, event: Command) -> bool:
        members = self._contract.stored_types[event["type"]]
        if not all(_taken(member, name, event) for name, member in members.items()):
            return True
        if self._contract.events is not one_event or event["type"] not in self._contract.types:
            return False  # such an event is no command, so no rule is about it
        try:
            return isinstance(self._contract.decide(state, self._command(event)), Refused)
        except Exception:
            return True

    def _after(self, state: Any, event: Command) -> list[Any]:
        try:
            return [self._contract.evolve(state, self._command(event))]
        except Exception:  # the domain cannot go on from a state that never was
            return []

    def _command(self, event: Command) -> Command:
        names = {"type", self._contract.id_member,
                 *self._contract.stored_types[event["type"]]}
        return {name: value for name, value in event.items() if name in names}


def _different(states: Sequence[Any]) -> list[Any]:
    found: list[Any] = []
    for state in states:
        if state not in found:
            found.append(state)
    return found


def _taken(member: Member, name: str, event: Command) -> bool:
    if name not in event:
        return not member.required
    return member.accepts(event[name]) is not Acceptance.MUST_NOT


def _views(aggregate: str, fold: _Fold, lines: Lines) -> Iterator[Found]:
    if not lines.events:
        if lines.views:
            yield Found(Finding.ORPHAN_VIEW, aggregate, {"place": lines.views[0][0]})
        return
    if not fold.known:
        return
    final = fold.views[-1]
    if not lines.views:
        if all(view is not None for view in final):
            yield Found(Finding.MISSING_VIEW, aggregate, {"expected": final[0]})
        return
    wrong = [found for place, shown in lines.views
             for found in _wrong(aggregate, fold, place, shown)]
    order = list(Finding)
    yield from sorted(wrong, key=lambda found: order.index(found.kind))[:1]


def _wrong(aggregate: str, fold: _Fold, place: str, shown: Any) -> Iterator[Found]:
    final = fold.views[-1]
    if any(same_json(view, shown) for view in final):
        return
    about = {"place": place, "expected": final[0], "shown": shown}
    if all(view is None for view in final):
        yield Found(Finding.DELETED_SHOWN, aggregate, about)
        return
    fitting = [version for version, views in enumerate(fold.views[:-1])
               if any(same_json(view, shown) for view in views)]
    if fitting:
        yield Found(Finding.STALE_VIEW, aggregate, {"version": fitting[-1], **about})
    else:
        yield Found(Finding.WRONG_VIEW, aggregate, about)


def _text(value: Any) -> bool:
    return isinstance(value, str) and value != ""
