"""The judgement of one aggregate: its events against the rules, its view against their fold.

Where two events have one version, or the rules would have refused one, it is not known what the
projection should have made of them. Each way is followed, and the view is right if it is right in
one of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.audit.findings import Finding, Found
from harness.audit.partitions import Event, Lines, StoredItem
from harness.core.commands import Acceptance, Command, Refused
from harness.core.contract import Contract, one_event
from harness.core.json_values import same_json, to_json
from harness.oracle.read_model_items import documents_of, item_shows
from harness.oracle.views import view_members

MOST_WAYS = 64


def is_event(contract: Contract, value: Any) -> bool:
    """Tell if a document is an event of the contract, in its canonical form."""
    try:
        version = value["version"]
        return (value["type"] in contract.stored_types and type(version) is int and version > 0
                and _text(value[contract.id_member]) and _text(value["eventId"])
                and type(value) is dict)
    except (KeyError, TypeError, IndexError):
        return False


def is_view(contract: Contract, value: Any) -> bool:
    """Tell if a document is a view: an object that names its aggregate."""
    return isinstance(value, dict) and _text(value.get(contract.id_member))


class Judge:
    """Judges aggregates of a contract, one after another.

    ``views``: judge the views, too. ``plan``: note which events to deliver again.
    """

    def __init__(self, contract: Contract, *, views: bool, plan: bool = False) -> None:
        self._rules, self._with_views, self._plan = _Rules(contract), views, plan

    def judge(self, aggregate: str, lines: Lines) -> Iterator[Found]:
        """The findings of one aggregate, one for each kind and cause."""
        events = sorted(lines.events, key=_version)
        if not _plain(events):
            events = _without_repetitions(events)
            missing = _missing(events)
            if missing:
                yield Found(Finding.GAP, aggregate, {"versions": missing})
            yield from _duplicates(aggregate, events)
            if missing:
                return  # the rules and the fold need all of them
        fold = _fold(self._rules, events)
        for place, event in fold.refused:
            yield Found(Finding.REFUSED_EVENT, aggregate,
                        {"version": event["version"], "eventId": event["eventId"], "place": place})
        if self._with_views:
            for found in _views(aggregate, fold, lines):
                yield found.delivering(_missed_events(found, events)) if self._plan else found


def _version(event: Event) -> int:
    version: int = event[1]["version"]
    return version


def _plain(events: Sequence[Event]) -> bool:
    """Tell if the versions are 1, 2, 3 and each event has an id of its own."""
    return (all(event["version"] == number for number, (_, event) in enumerate(events, 1))
            and len({event["eventId"] for _, event in events}) == len(events))


def _missing(events: Sequence[Event]) -> list[int]:
    versions = {event["version"] for _, event in events}
    return sorted(set(range(1, max(versions, default=0) + 1)) - versions)


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


class _Rules:
    """The contract's rules about a stored event; what is the same for all events is made once."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        types = contract.stored_types
        self._id = contract.id_member
        self._members = {kind: tuple(members.items()) for kind, members in types.items()}
        self._shown = view_members(contract)
        self._decided = frozenset(contract.types if contract.events is one_event else ())

    def command(self, event: Command) -> tuple[Command, bool]:
        """The event without members that the contract does not name; whether a value is unfit.

        A value is unfit that no command may have; so is one that is missing.
        """
        kind = event["type"]
        command = {"type": kind, self._id: event[self._id]}
        unfit = False
        for name, member in self._members[kind]:
            if name in event:
                value = command[name] = event[name]
                unfit = unfit or member.accepts(value) is Acceptance.MUST_NOT
            elif member.required:
                unfit = True
        return command, unfit

    def shows(self, view: Any, shown: Any) -> bool:
        """Tell if a view is shown; members that the contract does not name may be added."""
        if view is None or same_json(view, shown):
            return view is not None
        named = self._shown | view.keys()
        return same_json(view, {name: value for name, value in shown.items() if name in named})

    def holds(self, item: StoredItem, view: Any) -> bool:
        """Tell if an item of the read model holds a view, or none where there is none."""
        if view is None:
            return not self.is_shown(item)
        return item_shows(to_json(item.item), view, self._shown)

    def is_shown(self, item: StoredItem) -> bool:
        """Tell if an item looks like a view of its aggregate, and not like bookkeeping."""
        return any(candidate.get(self._id, item.id) == item.id
                   and len((self._shown - {self._id}) & candidate.keys()) > 0
                   for candidate in documents_of(item.item))

    def refuse(self, state: Any, command: Command) -> bool:
        """Tell if the rules refuse the command that the event is; if it is none, they do not."""
        if command["type"] not in self._decided:
            return False
        try:
            return isinstance(self.contract.decide(state, command), Refused)
        except Exception:
            return True

    def after(self, state: Any, command: Command) -> list[Any]:
        """The state after an event; none where the domain cannot go on."""
        try:
            return [self.contract.evolve(state, command)]
        except Exception:  # from a state that never was
            return []


class _Fold:
    """The fold of an aggregate's events: the possible states after each version."""

    __slots__ = ("known", "refused", "rules", "states")

    def __init__(self, rules: _Rules) -> None:
        self.rules = rules
        self.states: list[list[Any]] = [[rules.contract.initial]]
        self.refused: list[Event] = []
        self.known = True

    def take(self, events: Sequence[Event]) -> None:
        """Take the events of the next version: one, unless there are duplicates."""
        states = self.states[-1]
        if len(events) == len(states) == 1:
            command, unfit = self.rules.command(events[0][1])
            if not unfit and not self.rules.refuse(states[0], command):
                after = self.rules.after(states[0], command)
                self.known &= bool(after)
                self.states.append(after)
                return
        following: list[Any] = []
        allowed = False
        for _, event in events:
            command, unfit = self.rules.command(event)
            for state in states:
                refused = unfit or self.rules.refuse(state, command)
                allowed |= not refused
                following += self.rules.after(state, command)
                following += [state] if refused else []
        if not allowed and states:
            self.refused += events
        different = following if len(following) == 1 else _different(following)
        self.known &= 0 < len(different) <= MOST_WAYS
        self.states.append(different[:MOST_WAYS])

    def views(self, version: int) -> list[Any]:
        """The possible views after a version."""
        return [self.rules.contract.view(state) for state in self.states[version]]

    def shows(self, version: int, shown: Any) -> bool:
        """Tell if a view is one of those after a version."""
        return any(self.rules.shows(view, shown) for view in self.views(version))

    def holds(self, version: int, item: StoredItem) -> bool:
        """Tell if an item of the read model holds one of the views after a version."""
        return any(self.rules.holds(item, view) for view in self.views(version))


def _fold(rules: _Rules, events: Sequence[Event]) -> _Fold:
    fold = _Fold(rules)
    start = 0
    while start < len(events):
        end = start + 1
        while end < len(events) and events[end][1]["version"] == events[start][1]["version"]:
            end += 1
        fold.take(events[start:end])
        start = end
    return fold


def _different(states: Sequence[Any]) -> list[Any]:
    found: list[Any] = []
    for state in states:
        if state not in found:
            found.append(state)
    return found


def _views(aggregate: str, fold: _Fold, lines: Lines) -> Iterator[Found]:
    if not lines.events:
        shown = [place for place, _ in lines.views]
        shown += [place for place, item in lines.items if fold.rules.is_shown(item)]
        if shown:
            yield Found(Finding.ORPHAN_VIEW, aggregate, {"place": shown[0]})
        return
    if not fold.known:
        return
    final = fold.views(-1)
    if not lines.views and not lines.items:
        if all(view is not None for view in final):
            yield Found(Finding.MISSING_VIEW, aggregate, {"expected": final[0]})
        return
    wrong = [found for place, shown in lines.views
             if not fold.shows(-1, shown)
             for found in _wrong(aggregate, fold, place, shown)]
    if lines.items and not any(fold.holds(-1, item) for _, item in lines.items):
        wrong += _wrong_item(aggregate, fold, *lines.items[0])
    order = list(Finding)
    yield from sorted(wrong, key=lambda found: order.index(found.kind))[:1]


def _wrong_item(
    aggregate: str, fold: _Fold, place: str, item: StoredItem
) -> Iterator[Found]:
    """The finding about an item of the read model that holds none of the final views."""
    if not fold.rules.is_shown(item):
        if all(view is not None for view in fold.views(-1)):
            yield Found(Finding.MISSING_VIEW, aggregate,
                        {"place": place, "expected": fold.views(-1)[0]})
        return
    yield from _wrong(aggregate, fold, place, item)


def _wrong(aggregate: str, fold: _Fold, place: str, shown: Any) -> Iterator[Found]:
    final = fold.views(-1)
    plain = shown.item if isinstance(shown, StoredItem) else shown
    about = {"place": place, "expected": final[0], "shown": plain}
    if all(view is None for view in final):
        yield Found(Finding.DELETED_SHOWN, aggregate, about)
        return
    fitting = _newest(fold, shown)
    if fitting is None:
        yield Found(Finding.WRONG_VIEW, aggregate, about)
    else:
        yield Found(Finding.STALE_VIEW, aggregate, {"version": fitting, **about})


def _newest(fold: _Fold, shown: Any) -> int | None:
    """The newest version before the last whose fold a view is."""
    for version in reversed(range(len(fold.states) - 1)):
        fits = fold.holds if isinstance(shown, StoredItem) else fold.shows
        if fits(version, shown):
            return version
    return None


def _missed_events(found: Found, events: Sequence[Event]) -> list[Mapping[str, Any]]:
    """The events that bring the view up to date: those after its version, or all of them."""
    if found.kind is Finding.ORPHAN_VIEW:
        return []
    after = found.about.get("version", 0)
    return [{"eventId": event["eventId"], "version": event["version"], "place": place}
            for place, event in events if event["version"] > after]


def _text(value: Any) -> bool:
    return isinstance(value, str) and value != ""
