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
from harness.explore.sweep.calls import EACH, by_invocation, by_operation, writes
from harness.explore.sweep.failing import Disturbance, failing, rotated
from harness.explore.sweep.order import each_in_turn, in_turn, staggered

FEW_HAVE = ((FaultKind.PARTIAL, CAN_FAIL_PARTLY), (FaultKind.CONFLICT, TRANSACTIONS))
"""Faults that only calls can meet which few functions make."""
UNREAD = ((FaultKind.SOME_ENTRIES, False), (FaultKind.PARTIAL, False))
"""Batches of which some keys, or all, are left unprocessed."""
IN_ORDER = 5
"""So many failures where events come in order have their turn beside one of each other kind."""


def projection_failures(
    scenario: Scenario, play: Play, start: float = 0.0, role: Role = Role.PROJECTION
) -> Iterator[Scenario]:
    """Every crash after a write and failure at every call of the projection; it is delivered again.

    First what few have: batches of which something stays undone, cancelled transactions. A call
    that is made once more after it has failed is made after others: they work.
    """
    made = [call for call in play(scenario).of(Called) if call.role is role]
    places = by_operation(made)
    names = dict.fromkeys(call.operation for call in made)
    undone = [(name, 0, kind, False) for name in names for kind, few in FEW_HAVE if name in few]
    disturbances = [
        *_denials(made, places),
        *[(*place, FaultKind.CRASH_BEFORE, False) for place in places[:1]],
        *_crashes(made),
        *failing(made, places),
    ]
    for disturbance in [*undone, *rotated(disturbances, start)]:
        yield replace(scenario, steps=(*scenario.steps, _hits(disturbance, role), Settle()))


def _crashes(calls: list[Called]) -> list[Disturbance]:
    """Crashes after a write, before the next call or after the last one of an invocation."""
    places = by_operation(calls)
    last = {call.invocation: place for call, place in zip(calls, places, strict=True)}
    return [
        *((*place, FaultKind.CRASH_BEFORE, False)
          for before, call, place in zip(calls, calls[1:], places[1:], strict=False)
          if before.invocation == call.invocation and writes(before)),
        *((*place, FaultKind.CRASH_AFTER, False) for place in last.values()),
    ]


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
    made = next(iter(_when_all_is_sent(scenario, play)), [])
    for kind in (FaultKind.SERVICE_ERROR, FaultKind.THROTTLING):
        for place, call in reversed([*zip(by_operation(made), made, strict=True)]):
            if is_read(call.operation):
                fault = _hits((*place, kind, True), Role.PROJECTION)
                yield replace(scenario, steps=(
                    *scenario.steps[:-1], fault, scenario.steps[-1], Settle()))


def closing_gaps(scenario: Scenario, play: Play) -> Iterator[Scenario]:
    """Crashes where the predecessor of an early event follows, and where the latter comes.

    An event that is kept until its predecessor has come is not delivered again.
    """
    early, *others = _when_all_is_sent(scenario, play) or [[]]
    for crash in _crashes([call for calls in others for call in calls]):
        yield replace(scenario, steps=(*scenario.steps, _hits(crash, Role.PROJECTION), Settle()))
    for crash in _crashes(early):
        yield replace(scenario, steps=(*scenario.steps[:-1], _hits(crash, Role.PROJECTION),
                                       scenario.steps[-1], Settle()))


def last_crashes(scenario: Scenario, play: Play) -> Iterator[Scenario]:
    """Every crash where the last event is delivered, after all the others."""
    *before, last = scenario.steps
    settled = replace(scenario, steps=(*before, *[Settle()] * bool(before), last))
    for crash in _crashes(next(iter(_when_all_is_sent(settled, play)), [])):
        yield replace(settled, steps=(*settled.steps, _hits(crash, Role.PROJECTION), Settle()))


def _when_all_is_sent(scenario: Scenario, play: Play) -> list[list[Called]]:
    """The calls of the projection's invocations after the last command."""
    history = play(scenario)
    sent = max((n for n, record in enumerate(history.records) if isinstance(record, Sent)),
               default=-1)
    return by_invocation(replace(history, records=history.records[sent + 1 :]), Role.PROJECTION)


def projecting(bases: Sequence[Scenario], play: Play) -> Iterator[Scenario]:
    """Failures of the projection, where events come in order and where one comes too early."""
    early = [base for base in bases if not isinstance(base.steps[-1], Send)]
    in_order = [base for base in bases if base not in early]
    short = [base for base in in_order if len(base.steps) <= EACH]
    yield from in_turn([each_in_turn(catching_up)(early, play),
                        each_in_turn(closing_gaps)(early, play),
                        each_in_turn(last_crashes)(in_order[::-1], play),
                        *[staggered(projection_failures)(short, play)] * IN_ORDER])


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
