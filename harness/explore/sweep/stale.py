"""Sweeps of reads that show an earlier state: overlaps that a clock would not show.

DynamoDB Developer Guide, "DynamoDB read consistency": an eventually consistent read may not reflect
a write that has just been completed. A command after another one, or a delivery after another one,
reads what was before that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from harness.core.contract import Play
from harness.core.faults import ANY_OPERATION, FaultKind
from harness.core.history import Called, History, Role
from harness.core.scenario import Concurrently, Deliver, Fault, Redeliver, Scenario, Send, Step
from harness.explore.sweep.calls import by_invocation
from harness.explore.sweep.interleavings import races
from harness.explore.sweep.order import in_turn


def races_and_stale_reads(bases: Sequence[Scenario], play: Play) -> Iterator[Scenario]:
    """One of each in turn: the orders of overlapping commands, and stale reads of the later one."""
    yield from in_turn([races(bases, play), stale_reads(bases, play)])


def themselves_and_stale_deliveries(
    bases: Sequence[Scenario], play: Play
) -> Iterator[Scenario]:
    """One of each in turn: the short scenarios, and those with stale reads of a last delivery."""
    yield from in_turn([iter(bases), stale_deliveries(bases, play)])


def races_and_stale_queries(bases: Sequence[Scenario], play: Play) -> Iterator[Scenario]:
    """One of each in turn: the orders of queries and deliveries, and stale reads of a query."""
    asked = dict.fromkeys((*bases[1:2], *bases[-1:]))  # a short life, and the longest one
    yield from in_turn([races(bases, play), stale_queries(tuple(asked), play)])


def stale_queries(bases: Sequence[Scenario], play: Play) -> Iterator[Scenario]:
    """A query after the last delivery where one of its several reads is behind.

    The bases end with queries beside deliveries. Where a query reads once, what is behind is a view
    that was shown before, which is no fault.
    """
    for base in bases:
        before, (queries, deliveries) = _split(base)
        asked = replace(base, steps=(*before, *deliveries, queries[0]))
        for made in by_invocation(play(asked), Role.QUERY)[:1]:
            for number in range(sum(call.eventual for call in made) if len(made) > 1 else 0):
                yield _last_behind(asked, Fault(
                    Role.QUERY.value, ANY_OPERATION, number, FaultKind.STALE))


def _split(base: Scenario) -> tuple[tuple[Step, ...], tuple[tuple[Step, ...], ...]]:
    """The steps before the last one, and the branches of the last one."""
    *before, last = base.steps
    assert isinstance(last, Concurrently)
    return tuple(before), last.branches


def stale_reads(bases: Sequence[Scenario], play: Play) -> Iterator[Scenario]:
    """The last command where each, or all, of its reads that may be behind are behind.

    It comes alone after the others, and once more where a repetition can be told. Nothing is tried
    where no command function has such a read.
    """
    for one_by_one, fault in _stale_faults(bases, play, Role.COMMAND):
        steps = one_by_one.steps
        yield _last_behind(one_by_one, fault)
        if isinstance(steps[-1], Send) and steps[-1].key:
            yield replace(one_by_one, steps=(*steps, fault, steps[-1]))


def stale_deliveries(bases: Sequence[Scenario], play: Play) -> Iterator[Scenario]:
    """The last delivery where each, or all, of the projection's reads that may be behind are."""
    delivered = [base for base in bases if isinstance(base.steps[-1], Deliver | Redeliver)]
    for base, fault in _stale_faults(delivered, play, Role.PROJECTION):
        yield _last_behind(base, fault)


def _stale_faults(
    bases: Sequence[Scenario], play: Play, role: Role
) -> Iterator[tuple[Scenario, Fault]]:
    """Each base with its steps one by one, and each fault that puts reads of its end behind."""
    for base in bases:
        if not any(call.eventual and call.role is role for call in play(base).of(Called)):
            continue
        one_by_one = replace(base, steps=_one_by_one(base))
        for number, lasting in _reads(_last(one_by_one, play(one_by_one), role)):
            yield one_by_one, Fault(role.value, ANY_OPERATION, number, FaultKind.STALE, lasting)


def _last_behind(scenario: Scenario, fault: Fault) -> Scenario:
    return replace(scenario, steps=(*scenario.steps[:-1], fault, scenario.steps[-1]))


def _one_by_one(scenario: Scenario) -> tuple[Step, ...]:
    """The steps, those of branches one branch after the other."""
    return tuple(inner for step in scenario.steps for inner in (
        (each for branch in step.branches for each in branch)
        if isinstance(step, Concurrently) else (step,)))


def _last(scenario: Scenario, history: History, role: Role) -> list[Called]:
    """The calls of the invocation that the last step starts: settling starts more projections."""
    made = by_invocation(history, role)
    if role is Role.PROJECTION:
        made = made[:sum(isinstance(step, Deliver | Redeliver) for step in scenario.steps)]
    return made[-1] if made else []


def _reads(calls: list[Called]) -> Iterator[tuple[int, bool]]:
    """All eventual reads of an invocation from the first on, then each alone."""
    reads = sum(call.eventual for call in calls)
    yield from [(0, True)] * bool(reads)
    yield from ((number, False) for number in range(reads))
