"""Exhaustive exploration of short scenarios: every crash point, every order of AWS calls.

A sweep plays a scenario, looks at the calls that were made, and derives from them the next
scenarios to try. Orders are enumerated with a partial-order reduction: a switch is worth
trying only before a call that conflicts with one the other branches still made (Flanagan and
Godefroid, "Dynamic Partial-Order Reduction for Model Checking Software"); calls on different
keys, and two reads, commute.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from heapq import heappop, heappush
from itertools import islice, product
from typing import TypeVar

from harness.core.aws_operations import is_read
from harness.core.contract import Play, Sweep
from harness.core.faults import (
    ANY_OPERATION,
    CAN_CONFLICT,
    TRANSACTIONS,
    UNPROCESSED_MEMBERS,
    FaultKind,
)
from harness.core.history import Called, History, Interleaved, Role, Sent
from harness.core.scenario import Concurrently, Fault, Scenario, Send, Settle, Step

T = TypeVar("T")
Disturbance = tuple[str, int, FaultKind, bool]
"""A fault: operation, number of the call, what happens, and whether it lasts."""

FAILURES: tuple[tuple[FaultKind, bool], ...] = (
    (FaultKind.LOST_RESPONSE, False),
    (FaultKind.SERVICE_ERROR, True),
    (FaultKind.THROTTLING, True),
    (FaultKind.LOST_RESPONSE, True),
    (FaultKind.TIMEOUT, True),
    (FaultKind.CONFLICT, False),
    (FaultKind.THROTTLING, False),
)
"""Failures of a call: (kind, lasting); an SDK repairs most of those that do not last."""
ERRORS = tuple(each for each in FAILURES if each[1] and each[0] is not FaultKind.LOST_RESPONSE)
AMBIGUOUS = ((FaultKind.LOST_RESPONSE, False), (FaultKind.CONFLICT, False))
LOST = ((FaultKind.LOST_RESPONSE, True),)
"""Errors that no SDK repairs; what looks like another thing than it is; what was done after all."""
FEW_HAVE = ((FaultKind.PARTIAL, UNPROCESSED_MEMBERS), (FaultKind.CONFLICT, TRANSACTIONS))
"""What happens only to calls that few functions make."""
WRITE, READ, FIRST, BEATEN = range(4)
"""Ranks of a switch: before a write, a read, or a branch's first call; after a write refused."""
TINY = 1e-9
"""So that a third of three is one."""
IN_A_ROW = 3
"""Failures of publishing one event, each of them of another attempt."""
EARLY = 4
"""Of so many failures of the projection and one more, one is where an event came too early."""


def as_they_are(bases: Sequence[Scenario], play: Play) -> Iterator[Scenario]:
    """The short scenarios themselves."""
    yield from bases


def each_in_turn(one: Callable[[Scenario, Play], Iterator[Scenario]]) -> Sweep:
    """One of what each scenario gives in turn, so that an end leaves no scenario out."""
    return lambda bases, play: in_turn([one(base, play) for base in bases])


def staggered(one: Callable[[Scenario, Play, float], Iterator[Scenario]]) -> Sweep:
    """The same, but each begins elsewhere: together they tell most before any tells all.

    What fails is much the same in all of them, and there is more of it than a short run plays.
    """
    return lambda bases, play: in_turn(
        [one(base, play, number / len(bases)) for number, base in enumerate(bases)])


def in_turn(sweeps: Sequence[Iterator[Scenario]]) -> Iterator[Scenario]:
    """One of each in turn, until all have ended."""
    waiting = deque(sweeps)
    while waiting:
        sweep = waiting.popleft()
        found = next(sweep, None)
        if found is not None:
            yield found
            waiting.append(sweep)


def crashes(scenario: Scenario, play: Play, start: float = 0.0) -> Iterator[Scenario]:
    """A crash of the command function wherever that tells, with the command repeated.

    Where other commands follow they come before that, and again: at once is a shorter scenario's.
    Or it is never repeated: what is accepted after it must not rest on what nobody has stored.
    """
    last: list[Scenario] = []
    others: list[Scenario] = []
    for position, calls in _commands(scenario, play):
        for crash in _from(_boundaries(calls), start):
            disturbed = _disturbed(scenario, position, crash, repeated=True)
            is_last = len(_since_fault(disturbed)) == len(("fault", "sent", "again"))
            (last if is_last else others).append(disturbed)
    yield from in_turn([iter(last), map(_repeated_later, others), map(_never_repeated, others)])


def _since_fault(scenario: Scenario) -> list[Step]:
    fault = next(n for n, step in enumerate(scenario.steps) if isinstance(step, Fault))
    return list(scenario.steps[fault:])


def _repeated_later(scenario: Scenario) -> Scenario:
    """The scenario with the repetition after the next commands, which then come again, too."""
    crash, sent, again, *later = _since_fault(scenario)
    before = scenario.steps[: scenario.steps.index(crash)]
    return replace(scenario, steps=(*before, crash, sent, *later, again, *later))


def _never_repeated(scenario: Scenario) -> Scenario:
    """The scenario without the repetition."""
    crash, sent, _, *later = _since_fault(scenario)
    before = scenario.steps[: scenario.steps.index(crash)]
    return replace(scenario, steps=(*before, crash, sent, *later))


def failures(scenario: Scenario, play: Play, start: float = 0.0) -> Iterator[Scenario]:
    """Every failure of every call of the command function, with the command repeated or not.

    A client that was told that its command is accepted does not repeat it: where the
    acknowledgement was a lie, only the scenario without a repetition shows it.
    """
    for position, calls in _commands(scenario, play):
        for disturbance, repeated in _telling_first(calls, start):
            yield _disturbed(scenario, position, disturbance, repeated=repeated)


def _telling_first(calls: list[Called], start: float) -> list[tuple[Disturbance, bool]]:
    """All failures of a command's calls, each without a repetition of the command and with one.

    At first every call fails for good, in a way of its own for each scenario.
    """
    error = _from(list(ERRORS), start)[:1]
    passes = ((error, False), (AMBIGUOUS, False), (LOST, True), (error, True),
              (FAILURES, False), (FAILURES, True))
    return list(dict.fromkeys((disturbance, repeated) for kinds, repeated in passes
                              for disturbance in _failing(calls, kinds=kinds)))


def publish_failures(scenario: Scenario, play: Play, start: float = 0.0) -> Iterator[Scenario]:
    """Every failure of publishing, with the command repeated and without.

    At first one that comes several times in a row: nobody may give up, neither a client who repeats
    the command until the last failure, or beyond, nor a queue that hands it over again.
    """
    kinds = ((FaultKind.PARTIAL, True), (FaultKind.PARTIAL, False), *FAILURES)
    disturbances = [("PutEvents", 0, *kind) for kind in kinds if _tells(kind[0], "PutEvents")]
    again = _from([_failing_again(scenario, position, repetitions)
                   for position in _sends(scenario)[-1:]
                   for repetitions in (0, IN_A_ROW - 1, IN_A_ROW)], start)
    yield from again[:1]
    for position in reversed(_sends(scenario)):
        for disturbance, repeated in product(_from(disturbances, start), (False, True)):
            yield _disturbed(scenario, position, disturbance, repeated=repeated)
    yield from again[1:]


def _failing_again(scenario: Scenario, position: int, repetitions: int) -> Scenario:
    """The scenario with a command of which publishing fails some times, and then does not."""
    faults = [Fault(Role.COMMAND.value, "PutEvents", nth, FaultKind.PARTIAL)
              for nth in range(IN_A_ROW)]
    sends = [scenario.steps[position]] * (1 + repetitions)
    return replace(scenario, steps=(*scenario.steps[:position], *faults, *sends,
                                    *scenario.steps[position + 1 :]))


def _commands(scenario: Scenario, play: Play) -> list[tuple[int, list[Called]]]:
    """The commands' places and calls, the last one first: the others end shorter scenarios."""
    made = _by_invocation(play(scenario), Role.COMMAND)
    return list(zip(_sends(scenario), made, strict=False))[::-1]


def _from(several: list[T], start: float) -> list[T]:
    """The list, begun at a part of it and ended with what was passed over."""
    first = int(start * len(several) + TINY)
    return several[first:] + several[:first]


def _boundaries(calls: list[Called]) -> list[Disturbance]:
    """After each write, and before anything: reads leave nothing behind when a function ends.

    After a call is before the next one, if there is one.
    """
    last = len(calls) - 1
    found = [(ANY_OPERATION, nth, FaultKind.CRASH_AFTER, False) if nth == last
             else (ANY_OPERATION, nth + 1, FaultKind.CRASH_BEFORE, False)
             for nth, call in enumerate(calls) if nth == last or _writes(call)]
    return [*found, *[(ANY_OPERATION, 0, FaultKind.CRASH_BEFORE, False)][: len(calls)]]


def _writes(call: Called) -> bool:
    return not is_read(call.operation)


def _failing(
    calls: list[Called], places: list[tuple[str, int]] | None = None,
    kinds: Iterable[tuple[FaultKind, bool]] = FAILURES,
) -> list[Disturbance]:
    found = list(zip(calls, places or _named(calls), _by_operation(calls), strict=True))
    return [(*(own if kind is FaultKind.CONFLICT else place), kind, lasting)
            for kind, lasting in kinds for call, place, own in found
            if _tells(kind, call.operation)]


def _tells(kind: FaultKind, operation: str) -> bool:
    """A read whose response is lost is a read that has timed out; not every call is contested."""
    if kind is FaultKind.CONFLICT:
        return operation in CAN_CONFLICT
    return kind is not FaultKind.LOST_RESPONSE or not is_read(operation)


def _named(calls: list[Called]) -> list[tuple[str, int]]:
    """Each call by its operation, so that a lasting failure leaves the other operations alone.

    The last call by its number: after it there are none.
    """
    return [*_by_operation(calls)[:-1], *((ANY_OPERATION, nth) for nth in range(len(calls))[-1:])]


def _by_operation(calls: list[Called]) -> list[tuple[str, int]]:
    names = [call.operation for call in calls]
    return [(name, names[:place].count(name)) for place, name in enumerate(names)]


def _sends(scenario: Scenario) -> list[int]:
    return [n for n, step in enumerate(scenario.steps) if isinstance(step, Send)]


def _by_invocation(history: History, role: Role) -> list[list[Called]]:
    made: dict[int, list[Called]] = {}
    for call in history.of(Called):
        if call.role is role:
            made.setdefault(call.invocation, []).append(call)
    return list(made.values())


def _disturbed(
    scenario: Scenario, position: int, disturbance: Disturbance, *, repeated: bool
) -> Scenario:
    """The scenario with a fault before a command, which has a key only if it is repeated."""
    operation, nth, kind, lasting = disturbance
    fault = Fault(Role.COMMAND.value, operation, nth, kind, lasting)
    sent = scenario.steps[position]
    assert isinstance(sent, Send)
    sends = (sent, sent) if repeated else (replace(sent, key=None),)
    steps = (*scenario.steps[:position], fault, *sends, *scenario.steps[position + 1 :])
    return replace(scenario, steps=steps)


def projection_failures(
    scenario: Scenario, play: Play, start: float = 0.0
) -> Iterator[Scenario]:
    """Every crash after a write and failure at every call of the projection; it is delivered again.

    First what few have: batches of which something stays undone, cancelled transactions. A call
    that is made once more after it has failed is made after others: they work.
    """
    made = [call for call in play(scenario).of(Called) if call.role is Role.PROJECTION]
    places = _by_operation(made)
    last = {call.invocation: place for call, place in zip(made, places, strict=True)}
    names = dict.fromkeys(call.operation for call in made)
    undone = [(name, 0, kind, False) for name in names for kind, few in FEW_HAVE if name in few]
    behind = [None, *made]
    disturbances = [
        *((*place, FaultKind.CRASH_BEFORE, False)
          for before, call, place in zip(behind, made, places, strict=False)
          if before is None or (before.invocation == call.invocation and _writes(before))),
        *((*place, FaultKind.CRASH_AFTER, False) for place in last.values()),
        *_failing(made, places),
    ]
    for disturbance in [*undone, *_from(disturbances, start)]:
        yield replace(scenario, steps=(*scenario.steps, _in_projection(disturbance), Settle()))


def catching_up(scenario: Scenario, play: Play) -> Iterator[Scenario]:
    """Failures that last of what the projection reads when an event comes too early.

    What it reads elsewhere than in order is what has been missed: every call but writes of its
    first invocation when all has been sent, and most of all the last one.
    """
    history = play(scenario)
    sent = max((n for n, record in enumerate(history.records) if isinstance(record, Sent)),
               default=-1)
    late = replace(history, records=history.records[sent + 1 :])
    made = next(iter(_by_invocation(late, Role.PROJECTION)), [])
    for kind in (FaultKind.SERVICE_ERROR, FaultKind.THROTTLING):
        for place, call in reversed([*zip(_by_operation(made), made, strict=True)]):
            if is_read(call.operation):
                fault = _in_projection((*place, kind, True))
                yield replace(scenario, steps=(
                    *scenario.steps[:-1], fault, scenario.steps[-1], Settle()))


def projecting(bases: Sequence[Scenario], play: Play) -> Iterator[Scenario]:
    """Failures of the projection, where events come in order and where one comes too early."""
    early = [base for base in bases if not isinstance(base.steps[-1], Send)]
    in_order = [base for base in bases if base not in early]
    yield from in_turn([each_in_turn(catching_up)(early, play),
                        *[staggered(projection_failures)(in_order, play)] * EARLY])


def query_failures(scenario: Scenario, play: Play, start: float = 0.0) -> Iterator[Scenario]:
    """Every failure of each call of a query of what the same query has just shown."""
    made = next(iter(_by_invocation(play(scenario), Role.QUERY)), [])
    for operation, nth, kind, lasting in _from(_failing(made), start):
        fault = Fault(Role.QUERY.value, operation, nth, kind, lasting)
        yield replace(scenario, steps=(*scenario.steps, fault, scenario.steps[-1]))


def querying(bases: Sequence[Scenario], play: Play) -> Iterator[Scenario]:
    """Failures of queries where nothing else happens, and the orders of reads beside something."""
    beside = [base for base in bases if any(isinstance(s, Concurrently) for s in base.steps)]
    alone = [base for base in bases if base not in beside]
    yield from in_turn([staggered(query_failures)(alone, play), races(beside, play)])


def _in_projection(disturbance: Disturbance) -> Fault:
    operation, nth, kind, lasting = disturbance
    return Fault(Role.PROJECTION.value, operation, nth, kind, lasting)


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
    who was beaten is another thing once the other has ended.
    """
    rank_of = {WRITE: int(reads_first), READ: int(not reads_first), FIRST: FIRST, BEATEN: 0}
    waiting: list[tuple[int, int, int, tuple[int, ...]]] = [(0, 0, 0, ())]
    seen: set[tuple[int, ...]] = {()}
    while waiting:
        *_, schedule = heappop(waiting)
        scheduled = _with_schedule(scenario, schedule)
        switches = list(_switches(play(scheduled)))
        writes = [number for number, rank in switches if rank == WRITE]
        later = writes[: int(start * len(writes))]
        for number, rank in switches:
            switched = (*(n for n in schedule if n < number), number)
            if switched not in seen:
                seen.add(switched)
                heappush(waiting, (len(switched) - int(rank == BEATEN), rank_of[rank],
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

    Who tries a number of times must not do the wrong thing after the last.
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
    calls = [(at, r) for at, r in enumerate(history.records)
             if isinstance(r, Called) and r.branch is not None and at >= block.since]
    before: dict[int, Called] = {}
    for number, at, call in _decided(block, calls):
        branch, others = block.decisions[number]
        later = (other for when, other in calls if when > at and other.branch != branch)
        if others and any(conflict(call, other) for other in later):
            yield number, _rank(call, before.get(branch))
        before[branch] = call


def _rank(call: Called, before: Called | None) -> int:
    if before is None:
        return FIRST
    if _writes(before) and before.status >= 400 and before.error is None:
        return BEATEN
    return READ if is_read(call.operation) else WRITE


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
    if is_read(one.operation) and is_read(other.operation):
        return False
    if one.operation == other.operation == "PutEvents":
        return False
    return _covers(one, other) or _covers(other, one)


def _covers(one: Called, other: Called) -> bool:
    if one.operation.startswith(("List", "Scan", "Query")):
        return other.key.startswith(one.key)
    return bool(set(one.key.split("\n")) & set(other.key.split("\n")))
