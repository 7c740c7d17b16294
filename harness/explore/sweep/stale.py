"""Sweeps of reads that show an earlier state: overlaps that a clock would not show.

DynamoDB Developer Guide, "DynamoDB read consistency": an eventually consistent read may not reflect
a write that has just been completed. A command after another one reads what was before that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from harness.core.contract import Play
from harness.core.faults import ANY_OPERATION, FaultKind
from harness.core.history import Called, History, Role
from harness.core.scenario import Concurrently, Fault, Scenario, Send, Step
from harness.explore.sweep.calls import by_invocation
from harness.explore.sweep.interleavings import races
from harness.explore.sweep.order import in_turn


def races_and_stale_reads(bases: Sequence[Scenario], play: Play) -> Iterator[Scenario]:
    """One of each in turn: the orders of overlapping commands, and stale reads of the later one."""
    yield from in_turn([races(bases, play), stale_reads(bases, play)])


def stale_reads(bases: Sequence[Scenario], play: Play) -> Iterator[Scenario]:
    """The last command where each, or all, of its reads that may be behind are behind.

    It comes alone after the others, and once more where a repetition can be told. Nothing is tried
    where no command function has such a read.
    """
    for base in bases:
        if not any(c.eventual and c.role is Role.COMMAND for c in play(base).of(Called)):
            continue
        steps = _one_by_one(base)
        for number, lasting in _reads(play(replace(base, steps=steps))):
            fault = Fault(Role.COMMAND.value, ANY_OPERATION, number, FaultKind.STALE, lasting)
            yield replace(base, steps=(*steps[:-1], fault, steps[-1]))
            if isinstance(steps[-1], Send) and steps[-1].key:
                yield replace(base, steps=(*steps, fault, steps[-1]))


def _one_by_one(scenario: Scenario) -> tuple[Step, ...]:
    """The steps, those of branches one branch after the other."""
    return tuple(inner for step in scenario.steps for inner in (
        (each for branch in step.branches for each in branch)
        if isinstance(step, Concurrently) else (step,)))


def _reads(history: History) -> Iterator[tuple[int, bool]]:
    """All eventual reads of the last command from the first on, then each alone."""
    made = by_invocation(history, Role.COMMAND)[-1:]
    reads = sum(call.eventual for call in made[0]) if made else 0
    yield from [(0, True)] * bool(reads)
    yield from ((number, False) for number in range(reads))
