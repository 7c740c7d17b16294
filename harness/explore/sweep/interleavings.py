"""Sweeps of the orders in which overlapping invocations make their calls.

Orders are enumerated with a partial-order reduction: a switch is worth trying only before a call
that conflicts with one the other branches still made (Flanagan and Godefroid, "Dynamic
Partial-Order Reduction for Model Checking Software"); calls on different keys, and two reads,
commute.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from heapq import heappop, heappush
from itertools import islice

from harness.core.aws_operations import is_read
from harness.core.contract import Play
from harness.core.history import Called, History, Interleaved
from harness.core.scenario import Concurrently, Scenario, Step
from harness.explore.sweep.calls import writes
from harness.explore.sweep.order import in_turn, staggered
from harness.explore.sweep.readers import query_failures

WRITE, READ, FIRST, BEATEN = range(4)
"""Ranks of a switch: before a write, a read, or a branch's first call; after a write refused."""


def querying(bases: Sequence[Scenario], play: Play) -> Iterator[Scenario]:
    """Failures of queries where nothing else happens, and the orders of reads beside something."""
    beside = [base for base in bases if any(isinstance(s, Concurrently) for s in base.steps)]
    alone = [base for base in bases if base not in beside]
    yield from in_turn([staggered(query_failures)(alone, play), races(beside, play)])


def interleavings(
    scenario: Scenario, play: Play, start: float = 0.0, *, reads_first: bool = False
) -> Iterator[Scenario]:
    """Every order of the calls of a concurrent block that may matter, fewest switches first.

    A branch may call something else once another went first. So a conflict that only a later
    play shows leads back to before its first call, whatever was switched after it. One after
    the other, without a switch, the branches are a scenario of other requirements. Of as many
    switches the one that most often matters comes first: before a branch writes what it has made
    of what it read; before it reads again (``reads_first``: the other way round); and before it
    has done anything, the reverse sequence. Those before a write begin elsewhere for each scenario,
    as ``start`` says: a design that locks, claims or reserves before it stores makes several.
    After a write that another branch's has made impossible a switch is none more: what one does
    who was beaten is another thing once the other has ended. Nor is one before what a branch does
    after a write that another one then makes again without a condition: both take a lock, say.
    """
    rank_of = {WRITE: int(reads_first), READ: int(not reads_first), FIRST: FIRST, BEATEN: 0}
    waiting: list[tuple[int, int, int, tuple[int, ...]]] = [(0, 0, 0, ())]
    seen: set[tuple[int, ...]] = {()}
    while waiting:
        *_, schedule = heappop(waiting)
        scheduled = _with_schedule(scenario, schedule)
        history = play(scheduled)
        switches = list(_switches(history))
        writes = [number for number, rank in switches if rank == WRITE]
        later = writes[: int(start * len(writes))]
        twice = _after_overwritten(history, schedule)
        for number, rank in switches:
            switched = (*(n for n in schedule if n < number), number)
            if switched not in seen:
                seen.add(switched)
                free = rank == BEATEN or (rank == WRITE and number in twice)
                heappush(waiting, (len(switched) - int(free), rank_of[rank],
                                   int(number in later), switched))
        if schedule:
            yield scheduled


def races(bases: Sequence[Scenario], play: Play) -> Iterator[Scenario]:
    """The orders of two branches; of more, those in which the first one loses every race.

    Two orders of the first scenario, then one of each in turn. They begin with different ones, as
    in ``staggered``: two of four with those before a read.
    """
    sweeps = [
        interleavings(base, play, number / len(bases), reads_first=number % 4 in (1, 2))
        if _of_two(base) else starving(base, play) for number, base in enumerate(bases)]
    for first in sweeps[:1]:
        yield from islice(first, 2)
    yield from in_turn(sweeps)


def _of_two(scenario: Scenario) -> bool:
    block = next((step for step in scenario.steps if isinstance(step, Concurrently)), None)
    return block is None or len(block.branches) == 2


def starving(scenario: Scenario, play: Play) -> Iterator[Scenario]:
    """The first branch is overtaken by another one before each write, until there is no other.

    An implementation that tries a number of times must not go wrong after the last.
    """
    schedule: tuple[int, ...] = ()
    while True:
        history = play(_with_schedule(scenario, schedule))
        since = schedule[-1] if schedule else -1
        write = next((number for number, rank in _switches(history) if number > since
                      and rank == WRITE and _decisions(history)[number][0] == 0), None)
        if write is None:
            break
        history = play(_with_schedule(scenario, (*schedule, write)))
        schedule = (*schedule, write, *_only_one(history, write))
    if schedule:
        yield _with_schedule(scenario, schedule)


def _only_one(history: History, write: int) -> Iterator[int]:
    """The decisions at which all branches but the first and the next one wait again."""
    decisions = _decisions(history)
    if write + 1 >= len(decisions):
        return
    overtaking, waiting = decisions[write + 1]
    ended = next((number for number in range(write + 1, len(decisions))
                  if decisions[number][0] != overtaking), None)
    if ended is not None and decisions[ended][0] != 0:
        yield from range(ended, ended + len(set(waiting) - {0}))


def _decisions(history: History) -> tuple[tuple[int, tuple[int, ...]], ...]:
    block = next(history.of(Interleaved), None)
    return () if block is None else block.decisions


def _with_schedule(scenario: Scenario, schedule: tuple[int, ...]) -> Scenario:
    def set_schedule(step: Step) -> Step:
        return replace(step, schedule=schedule) if isinstance(step, Concurrently) else step

    return replace(scenario, steps=tuple(map(set_schedule, scenario.steps)))


def _switches(history: History) -> Iterator[tuple[int, int]]:
    """The decisions at which letting others go first may matter, with their ranks."""
    block = next(history.of(Interleaved), None)
    if block is None:
        return
    calls = _overlapping(history, block)
    before: dict[int, Called] = {}
    for number, at, call in _decided(block, calls):
        branch, others = block.decisions[number]
        later = (other for when, other in calls if when > at and other.branch != branch)
        if others and any(conflict(call, other) for other in later):
            yield number, _rank(call, before.get(branch))
        before[branch] = call


def _after_overwritten(history: History, schedule: tuple[int, ...]) -> frozenset[int]:
    """The decisions of others after a write that the last switch's call blindly makes again."""
    block = next(history.of(Interleaved), None)
    if block is None or not schedule:
        return frozenset()
    decided = list(_decided(block, _overlapping(history, block)))
    late = next(((at, call) for number, at, call in decided if number == schedule[-1]), None)
    if late is None or not late[1].unguarded:
        return frozenset()
    between = [(n, call) for n, at, call in decided
               if n > schedule[-1] and at < late[0] and call.branch != late[1].branch]
    same = {n: call for n, call in between if conflict(call, late[1])}
    again = next((n for n, call in same.items() if call.unguarded), None)
    return frozenset(n for n, _ in between if again is not None and again < n and n not in same)


def _rank(call: Called, before: Called | None) -> int:
    if before is None:
        return FIRST
    if writes(before) and before.status >= 400 and before.error is None:
        return BEATEN
    return READ if is_read(call.operation) else WRITE


def _overlapping(history: History, block: Interleaved) -> list[tuple[int, Called]]:
    """The calls of branches, with their places among the records."""
    return [(at, r) for at, r in enumerate(history.records)
            if isinstance(r, Called) and r.branch is not None and at >= block.since]


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
    """Tell if the order of two calls may matter: same thing, and one of them changes it."""
    if one.service != other.service or one.resource != other.resource:
        return False
    if is_read(one.operation) and is_read(other.operation):
        return False
    if one.operation == other.operation == "PutEvents":
        return False
    return _covers(one, other) or _covers(other, one)


def _covers(one: Called, other: Called) -> bool:
    if one.operation.startswith(("List", "Scan", "Query")):
        return other.key.startswith(one.key)
    return bool(set(one.key.split("\n")) & set(other.key.split("\n")))
