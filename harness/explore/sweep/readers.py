"""Sweeps of the faults of the projection and of the query function."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from harness.core.aws_operations import is_read
from harness.core.contract import Play
from harness.core.faults import (
    TRANSACTIONS,
    UNPROCESSED_MEMBERS,
    FaultKind,
)
from harness.core.history import Called, History, Role, Sent
from harness.core.scenario import (
    ColdStart,
    Deliver,
    Fault,
    Query,
    Scenario,
    Send,
    Settle,
    Step,
)
from harness.explore.sweep.calls import by_invocation, by_operation, writes
from harness.explore.sweep.failing import Disturbance, failing, rotated
from harness.explore.sweep.order import each_in_turn, in_turn, staggered
from harness.explore.sweep.slow import on_another_aggregate, slow

FEW_HAVE = ((FaultKind.PARTIAL, UNPROCESSED_MEMBERS), (FaultKind.CONFLICT, TRANSACTIONS))
"""Faults that only calls can meet which few functions make."""
UNREAD = ((FaultKind.SOME_ENTRIES, False), (FaultKind.PARTIAL, False))
"""Batches of which some keys, or all, are left unprocessed."""
EARLY = 4
"""Of so many failures of the projection and one more, one is where an event came too early."""


def projection_failures(
    scenario: Scenario, play: Play, start: float = 0.0
) -> Iterator[Scenario]:
    """Every crash after a write and failure at every call of the projection; it is delivered again.

    First what few have: batches of which something stays undone, cancelled transactions. A call
    that is made once more after it has failed is made after others: they work.
    """
    made = [call for call in play(scenario).of(Called) if call.role is Role.PROJECTION]
    places = by_operation(made)
    last = {call.invocation: place for call, place in zip(made, places, strict=True)}
    names = dict.fromkeys(call.operation for call in made)
    undone = [(name, 0, kind, False) for name in names for kind, few in FEW_HAVE if name in few]
    behind = [None, *made]
    disturbances = [
        *((*place, FaultKind.CRASH_BEFORE, False)
          for before, call, place in zip(behind, made, places, strict=False)
          if before is None or (before.invocation == call.invocation and writes(before))),
        *((*place, FaultKind.CRASH_AFTER, False) for place in last.values()),
        *failing(made, places),
    ]
    for disturbance in [*undone, *rotated(disturbances, start)]:
        yield replace(scenario, steps=(*scenario.steps, _in_projection(disturbance), Settle()))


def catching_up(scenario: Scenario, play: Play) -> Iterator[Scenario]:
    """Failures that last of what the projection reads when an event comes too early.

    The projection reads the events it missed when all has been sent: the faults hit every call
    but the writes of its first invocation then, and most of all the last one.
    """
    history = play(scenario)
    sent = max((n for n, record in enumerate(history.records) if isinstance(record, Sent)),
               default=-1)
    late = replace(history, records=history.records[sent + 1 :])
    made = next(iter(by_invocation(late, Role.PROJECTION)), [])
    for kind in (FaultKind.SERVICE_ERROR, FaultKind.THROTTLING):
        for place, call in reversed([*zip(by_operation(made), made, strict=True)]):
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
    made = next(iter(by_invocation(play(scenario), Role.QUERY)), [])
    batches = [("BatchGetItem", nth, kind, lasting) for kind, lasting in UNREAD for nth in range(
        sum(call.operation == "BatchGetItem" for call in made))]
    for operation, nth, kind, lasting in [*batches, *rotated(failing(made), start)]:
        fault = Fault(Role.QUERY.value, operation, nth, kind, lasting)
        yield replace(scenario, steps=(*scenario.steps, fault, scenario.steps[-1]))


def slow_projections(scenario: Scenario, play: Play) -> Iterator[Scenario]:
    """The last delivery with slow calls from each of its calls on, each on an aggregate of its own.

    In the end the views are read slowly, too.
    """
    history = play(scenario)
    made = by_invocation(history, Role.PROJECTION)[-1:]
    reads = by_invocation(history, Role.QUERY)[-1:]
    steps: list[Step] = []
    for nth in range(len(made[0]) if made else 0):
        *before, last = on_another_aggregate(scenario.steps, nth)
        steps += [*before, Settle(), last, slow(Role.PROJECTION, nth), Settle()]
    query = Query("~100")
    for nth in range(len(reads[0]) if reads and steps else 0):
        steps += [slow(Role.QUERY, nth), query]
    yield replace(scenario, steps=tuple(steps))


def first_calls(scenario: Scenario, play: Play) -> Iterator[Scenario]:
    """In new environments the first call to each service fails, and then all has to work.

    A client that was made, or a value that was read, while that failed must not be kept.
    """
    history = play(scenario)
    command, projection, query = (_first_of_each_service(history, role) for role in Role)
    for kind in (FaultKind.SERVICE_ERROR, FaultKind.TIMEOUT):
        def failing_first(role: Role, operation: str, kind: FaultKind = kind) -> Fault:
            return Fault(role.value, operation, 0, kind, lasting=True)

        steps: list[Step] = [ColdStart()]
        for number, operation in enumerate(command):
            steps += [failing_first(Role.COMMAND, operation),
                      *on_another_aggregate(scenario.steps, number)]
        steps += scenario.steps
        for operation in projection:
            steps += [failing_first(Role.PROJECTION, operation), Deliver()]
        steps.append(Settle())
        for operation in query:
            steps += [failing_first(Role.QUERY, operation), Query("~a")]
        yield replace(scenario, steps=(*steps, Query("~a"), *scenario.steps))


def _first_of_each_service(history: History, role: Role) -> list[str]:
    """The operations that are the first to a service in the first invocation of a role."""
    made = next(iter(by_invocation(history, role)), [])
    first = {call.service: call.operation for call in reversed(made)}
    return [operation for _, operation in sorted(
        first.items(), key=lambda item: [call.service for call in made].index(item[0]))]


def _in_projection(disturbance: Disturbance) -> Fault:
    operation, nth, kind, lasting = disturbance
    return Fault(Role.PROJECTION.value, operation, nth, kind, lasting)
