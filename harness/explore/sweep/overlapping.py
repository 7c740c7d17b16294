"""Sweeps of overlapping commands and something else.

Slow calls, a third command, crashes, and the losers again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from harness.core.contract import Play
from harness.core.faults import ANY_OPERATION, FaultKind
from harness.core.history import Called, History, Role
from harness.core.scenario import Concurrently, Fault, Scenario, Send, Step
from harness.explore.sweep.calls import writes
from harness.explore.sweep.interleavings import races
from harness.explore.sweep.order import each_in_turn, in_turn
from harness.explore.sweep.slow import slow_races

FEW, MOST_CRASHES = 3, 5
"""Orders of commands that are all sent again, and crashes in overlaps."""
MOST_SLOW, MOST_CROWDED = 5, 3


def overlapping(bases: Sequence[Scenario], play: Play) -> Iterator[Scenario]:
    """One of each in turn; the first base's commands are sent again, and crash."""
    first = bases[:1]
    yield from in_turn([
        islice(each_in_turn(slow_races)(bases, play), MOST_SLOW),
        islice(each_in_turn(crowded)(first, play), MOST_CROWDED),
        islice(races([sent_again(base) for base in first], play), FEW),
        islice(each_in_turn(crashing)(first, play), MOST_CRASHES),
    ])


def crowded(scenario: Scenario, play: Play) -> Iterator[Scenario]:
    """Before each of its writes but the first call, two others overtake the first command.

    The one may not take its turn and give back what the first has, so that the other gets in.
    """
    three = replace(scenario, steps=tuple(map(_with_a_third, scenario.steps)))
    made = [call for call in play(three).of(Called) if call.branch == 0]
    for number, call in enumerate(made):
        if number and writes(call):
            yield replace(three, steps=tuple(_switched(step, number) for step in three.steps))


def _with_a_third(step: Step) -> Step:
    """The step; of branches also the last one once more, under keys of its own."""
    if not isinstance(step, Concurrently):
        return step
    third = tuple(replace(inner, key="three") if isinstance(inner, Send) else inner
                  for inner in step.branches[-1])
    return replace(step, branches=(*step.branches, third))


def sent_again(scenario: Scenario) -> Scenario:
    """The scenario with the commands of all branches once more, as clients send a lost race."""
    again = [inner for step in scenario.steps if isinstance(step, Concurrently)
             for branch in step.branches for inner in branch]
    return replace(scenario, steps=(*scenario.steps, *again))


def crashing(scenario: Scenario, play: Play) -> Iterator[Scenario]:
    """A crash after each write of either command, where one waits amid its own; both come again.

    It waits before each of its writes in turn; before a later one, another crash is the first.
    """
    made = [call for call in play(scenario).of(Called) if call.branch == 0]
    waits = [n for n, call in enumerate(made) if n and writes(call)]
    yield from in_turn([_crashing_at(scenario, wait, first, play)
                        for first, wait in enumerate(waits)])


def _crashing_at(scenario: Scenario, wait: int, first: int, play: Play) -> Iterator[Scenario]:
    """The crashes, from one of them on, where the first command waits before its call ``wait``."""
    overlap = replace(scenario, steps=tuple(_switched(step, wait) for step in scenario.steps))
    found = _writes_in_overlap(play(overlap))
    for nth in found[first:] + found[:first]:
        crash = Fault(Role.COMMAND.value, ANY_OPERATION, nth, FaultKind.CRASH_AFTER)
        yield replace(scenario, steps=tuple(
            inner for step in sent_again(overlap).steps
            for inner in ((crash, step) if isinstance(step, Concurrently) else (step,))))


def _switched(step: Step, number: int) -> Step:
    return replace(step, schedule=(number,)) if isinstance(step, Concurrently) else step


def _writes_in_overlap(history: History) -> list[int]:
    """The numbers, among the calls of all branches, of writes from the first switch on."""
    calls = [call for call in history.of(Called)
             if call.branch is not None and call.role is Role.COMMAND]
    switch = next((n for n, call in enumerate(calls) if call.branch != 0), len(calls))
    return [n for n, call in enumerate(calls) if n >= switch and writes(call)]
