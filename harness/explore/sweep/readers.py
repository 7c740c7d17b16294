"""Sweeps of the faults of the projection and of the query function."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from harness.core.aws_operations import is_read
from harness.core.contract import Play
from harness.core.faults import CAN_FAIL_PARTLY, TRANSACTIONS, FaultKind
from harness.core.history import Called, Role, Sent
from harness.core.scenario import Fault, Scenario, Send, Settle
from harness.explore.sweep.calls import by_invocation, by_operation, writes
from harness.explore.sweep.failing import Disturbance, failing, rotated
from harness.explore.sweep.order import each_in_turn, in_turn, staggered

FEW_HAVE = ((FaultKind.PARTIAL, CAN_FAIL_PARTLY), (FaultKind.CONFLICT, TRANSACTIONS))
"""Faults that only calls can meet which few functions make."""
UNREAD = ((FaultKind.SOME_ENTRIES, False), (FaultKind.PARTIAL, False))
"""Batches of which some keys, or all, are left unprocessed."""
EARLY = 4
"""Of so many failures of the projection and one more, one is where an event came too early."""


def projection_failures(
    scenario: Scenario, play: Play, start: float = 0.0, role: Role = Role.PROJECTION
) -> Iterator[Scenario]:
    """Every crash after a write and failure at every call of the projection; it is delivered again.

    First what few have: batches of which something stays undone, cancelled transactions. A call
    that is made once more after it has failed is made after others: they work.
    """
    made = [call for call in play(scenario).of(Called) if call.role is role]
    places = by_operation(made)
    last = {call.invocation: place for call, place in zip(made, places, strict=True)}
    names = dict.fromkeys(call.operation for call in made)
    undone = [(name, 0, kind, False) for name in names for kind, few in FEW_HAVE if name in few]
    behind = [None, *made]
    disturbances = [
        *_denials(made, places),
        *((*place, FaultKind.CRASH_BEFORE, False)
          for before, call, place in zip(behind, made, places, strict=False)
          if before is None or (before.invocation == call.invocation and writes(before))),
        *((*place, FaultKind.CRASH_AFTER, False) for place in last.values()),
        *failing(made, places),
    ]
    for disturbance in [*undone, *rotated(disturbances, start)]:
        yield replace(scenario, steps=(*scenario.steps, _hits(disturbance, role), Settle()))


def _denials(calls: list[Called], places: list[tuple[str, int]]) -> list[Disturbance]:
    """Calls that are denied once: an error that no SDK repeats, so it reaches the function.

    The repetitions of other errors may outlast the function's time-out (DynamoDB's ten in the
    legacy mode of botocore take 25 seconds), and a function that swallows errors then never sees
    one. S3 denies a read of what is not there, too, if the role may not list.
    """
    return [(*place, FaultKind.ACCESS_DENIED, False)
            for call, place in zip(calls, places, strict=True)
            if not (call.service == "s3" and is_read(call.operation))]


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
                fault = _hits((*place, kind, True), Role.PROJECTION)
                yield replace(scenario, steps=(
                    *scenario.steps[:-1], fault, scenario.steps[-1], Settle()))


def projecting(bases: Sequence[Scenario], play: Play) -> Iterator[Scenario]:
    """Failures of the projection, where events come in order and where one comes too early."""
    early = [base for base in bases if not isinstance(base.steps[-1], Send)]
    in_order = [base for base in bases if base not in early]
    yield from in_turn([each_in_turn(catching_up)(early, play),
                        *[staggered(projection_failures)(in_order, play)] * EARLY])


def relaying(bases: Sequence[Scenario], play: Play) -> Iterator[Scenario]:
    """Every crash after a write and failure at every call of relays; they get the event again."""
    yield from staggered(partial(projection_failures, role=Role.RELAY))(bases, play)


def query_failures(scenario: Scenario, play: Play, start: float = 0.0) -> Iterator[Scenario]:
    """Every failure of each call of a query of what the same query has just shown."""
    made = next(iter(by_invocation(play(scenario), Role.QUERY)), [])
    batches = [("BatchGetItem", nth, kind, lasting) for kind, lasting in UNREAD for nth in range(
        sum(call.operation == "BatchGetItem" for call in made))]
    for operation, nth, kind, lasting in [*batches, *rotated(failing(made), start)]:
        fault = Fault(Role.QUERY.value, operation, nth, kind, lasting)
        yield replace(scenario, steps=(*scenario.steps, fault, scenario.steps[-1]))


def _hits(disturbance: Disturbance, role: Role) -> Fault:
    operation, nth, kind, lasting = disturbance
    return Fault(role.value, operation, nth, kind, lasting)
