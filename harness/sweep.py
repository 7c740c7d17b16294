"""Exhaustive exploration of short scenarios: every crash point, every order of AWS calls.

A sweep plays a scenario, looks at the calls that were made, and derives from them the next
scenarios to try. Orders are enumerated with a partial-order reduction: a switch is worth
trying only before a call that conflicts with one the other branches still made (Flanagan and
Godefroid, "Dynamic Partial-Order Reduction for Model Checking Software"); calls on different
keys, and two reads, commute.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from heapq import heappop, heappush
from itertools import product, zip_longest

from harness.aws.faults import ANY, FaultKind
from harness.history import Called, History, Interleaved, Role
from harness.scenario import Concurrently, Fault, Scenario, Send, Settle, Step

Play = Callable[[Scenario], History]
Sweep = Callable[[Scenario, Play], Iterator[Scenario]]
Kinds = tuple[tuple[FaultKind, bool], ...]
"""Kinds of faults, each with whether it lasts."""
Places = Callable[[list[Called]], list[tuple[str, int]]]
"""How calls are named: operation and number."""

READS = ("Get", "List", "Head", "Query", "Scan", "BatchGet", "TransactGet", "Describe")
FAILURES: Kinds = (
    (FaultKind.LOST_RESPONSE, False),
    (FaultKind.SERVICE_ERROR, True),
    (FaultKind.THROTTLING, True),
    (FaultKind.LOST_RESPONSE, True),
    (FaultKind.TIMEOUT, True),
    (FaultKind.THROTTLING, False),
)
"""Failures of a call: (kind, lasting); an SDK repairs most of those that do not last."""


def as_they_are(scenario: Scenario, play: Play) -> Iterator[Scenario]:
    """The short scenario itself."""
    yield scenario


def crashes(scenario: Scenario, play: Play) -> Iterator[Scenario]:
    """A crash of the command function at every call boundary, with the command repeated.

    Where other commands follow they come before that, and again: at once is a shorter scenario's.
    """
    kinds = ((FaultKind.CRASH_BEFORE, False), (FaultKind.CRASH_AFTER, False))
    last: list[Scenario] = []
    others: list[Scenario] = []
    for disturbed in _command_faults(scenario, play, kinds, _numbered, repeats=(True,)):
        is_last = len(_since_fault(disturbed)) == len(("fault", "sent", "again"))
        (last if is_last else others).append(disturbed)
    for pair in zip_longest(last, map(_repeated_later, others)):
        yield from (found for found in pair if found is not None)


def _since_fault(scenario: Scenario) -> list[Step]:
    fault = next(n for n, step in enumerate(scenario.steps) if isinstance(step, Fault))
    return list(scenario.steps[fault:])


def _repeated_later(scenario: Scenario) -> Scenario:
    """The scenario with the repetition after the next commands, which then come again, too."""
    crash, sent, again, *later = _since_fault(scenario)
    before = scenario.steps[: scenario.steps.index(crash)]
    return replace(scenario, steps=(*before, crash, sent, *later, again, *later))


def failures(scenario: Scenario, play: Play) -> Iterator[Scenario]:
    """Every failure of every call of the command function, with the command repeated or not.

    A client that was told that its command is accepted does not repeat it: where the
    acknowledgement was a lie, only the scenario without a repetition shows it.
    """
    yield from _command_faults(scenario, play, FAILURES, _named, repeats=(False, True))


def publish_failures(scenario: Scenario, play: Play) -> Iterator[Scenario]:
    """Every failure of publishing, with the command repeated and without."""
    kinds = ((FaultKind.PARTIAL, True), (FaultKind.PARTIAL, False), *FAILURES)
    for position in reversed(_sends(scenario)):
        for kind, lasting in kinds:
            fault = Fault(Role.COMMAND.value, "PutEvents", 0, kind.value, lasting)
            for repeated in (False, True):
                yield _disturbed(scenario, position, fault, repeated=repeated)


def _command_faults(
    scenario: Scenario, play: Play, kinds: Kinds, places: Places, *, repeats: tuple[bool, ...]
) -> Iterator[Scenario]:
    """The last command's calls first: the others are those of shorter scenarios."""
    made = _by_invocation(play(scenario), Role.COMMAND)
    for position, calls in reversed(list(zip(_sends(scenario), made, strict=False))):
        for (kind, lasting), place, repeated in product(kinds, places(calls), repeats):
            fault = Fault(Role.COMMAND.value, *place, kind.value, lasting)
            yield _disturbed(scenario, position, fault, repeated=repeated)


def _numbered(calls: list[Called]) -> list[tuple[str, int]]:
    """Each call by its number among all."""
    return [(ANY, nth) for nth in range(len(calls))]


def _named(calls: list[Called]) -> list[tuple[str, int]]:
    """Each call by its operation, so that a lasting failure leaves the other operations alone.

    The last call by its number: after it there are none.
    """
    names = [call.operation for call in calls]
    named = [(name, names[:place].count(name)) for place, name in enumerate(names)]
    return [*named[:-1], *_numbered(calls)[-1:]]


def _sends(scenario: Scenario) -> list[int]:
    return [n for n, step in enumerate(scenario.steps) if isinstance(step, Send)]


def _by_invocation(history: History, role: Role) -> list[list[Called]]:
    made: dict[int, list[Called]] = {}
    for call in history.of(Called):
        if call.role is role:
            made.setdefault(call.invocation, []).append(call)
    return list(made.values())


def _disturbed(
    scenario: Scenario, position: int, fault: Fault, *, repeated: bool
) -> Scenario:
    """The scenario with a fault before a command, which has a key only if it is repeated."""
    sent = scenario.steps[position]
    assert isinstance(sent, Send)
    sends = (sent, sent) if repeated else (replace(sent, key=None),)
    steps = (*scenario.steps[:position], fault, *sends, *scenario.steps[position + 1 :])
    return replace(scenario, steps=steps)


def projection_failures(scenario: Scenario, play: Play) -> Iterator[Scenario]:
    """Every crash and failure at every call of the projection; the bus delivers again."""
    made = [call for call in play(scenario).of(Called) if call.role is Role.PROJECTION]
    kinds = ((FaultKind.CRASH_BEFORE, False), (FaultKind.CRASH_AFTER, False), *FAILURES)
    for (kind, lasting), place in product(kinds, _named(made)):
        fault = Fault(Role.PROJECTION.value, *place, kind.value, lasting)
        yield replace(scenario, steps=(*scenario.steps, fault, Settle()))


def interleavings(scenario: Scenario, play: Play) -> Iterator[Scenario]:
    """Every order of the calls of a concurrent block that may matter, fewest switches first.

    A branch may call something else once another went first. So a conflict that only a later
    play shows leads back to before its first call, whatever was switched after it. One after
    the other, without a switch, the branches are a scenario of other requirements.
    """
    waiting: list[tuple[int, tuple[int, ...]]] = [(0, ())]
    seen: set[tuple[int, ...]] = {()}
    while waiting:
        _, schedule = heappop(waiting)
        scheduled = _with_schedule(scenario, schedule)
        for number in _switches(play(scheduled)):
            switched = (*(n for n in schedule if n < number), number)
            if switched not in seen:
                seen.add(switched)
                heappush(waiting, (len(switched), switched))
        if schedule:
            yield scheduled


def _with_schedule(scenario: Scenario, schedule: tuple[int, ...]) -> Scenario:
    def set_schedule(step: Step) -> Step:
        return replace(step, schedule=schedule) if isinstance(step, Concurrently) else step

    return replace(scenario, steps=tuple(map(set_schedule, scenario.steps)))


def _switches(history: History) -> Iterator[int]:
    """The decisions at which letting others go first may matter."""
    block = next(history.of(Interleaved), None)
    if block is None:
        return
    calls = [(at, r) for at, r in enumerate(history.records)
             if isinstance(r, Called) and r.branch is not None and at >= block.since]
    for number, at, call in _decided(block, calls):
        later = (other for when, other in calls if when > at and other.branch != call.branch)
        if block.decisions[number][1] and any(conflict(call, other) for other in later):
            yield number


def _decided(
    block: Interleaved, calls: list[tuple[int, Called]]
) -> Iterator[tuple[int, int, Called]]:
    """Each decision with the call it was about: the next one of its branch."""
    left = {branch: deque((at, c) for at, c in calls if c.branch == branch)
            for branch in {decision[0] for decision in block.decisions}}
    for number, (branch, _) in enumerate(block.decisions):
        if left[branch]:
            at, call = left[branch].popleft()
            yield number, at, call


def conflict(one: Called, other: Called) -> bool:
    """Whether the order of two calls may matter: same thing, and one of them changes it."""
    if one.service != other.service or one.resource != other.resource:
        return False
    if one.operation.startswith(READS) and other.operation.startswith(READS):
        return False
    if one.operation == other.operation == "PutEvents":
        return False
    return _covers(one, other) or _covers(other, one)


def _covers(one: Called, other: Called) -> bool:
    if one.operation.startswith(("List", "Scan", "Query")):
        return other.key.startswith(one.key)
    return bool(set(one.key.split("\n")) & set(other.key.split("\n")))
