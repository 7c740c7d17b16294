"""Sweeps of what crashes leave behind: two entries on their way, or a half-done recovery."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from harness.core.contract import Play
from harness.core.history import Called, Role
from harness.core.scenario import Fault, Scenario, Send
from harness.explore.sweep.calls import by_invocation
from harness.explore.sweep.commands import boundaries
from harness.explore.sweep.failing import Disturbance

FEW = 8
"""Recoveries that crash: those after the first crash that leaves anything, and some more."""


def two_crashes(scenario: Scenario, play: Play) -> Iterator[Scenario]:
    """The last three commands: two crash at the same place, and the third comes.

    Each leaves an entry on its way, and whoever comes next has to do with both. In the first of
    these scenarios the two come again.
    """
    *before, one, other, third = scenario.steps
    made = by_invocation(play(scenario), Role.COMMAND)
    calls = made[len(before)] if len(made) > len(before) else []
    for number, crash in enumerate(map(_fault, boundaries(calls))):
        crashed = (*before, crash, one, crash, other, third)
        yield replace(scenario, steps=crashed)
        if not number:
            yield replace(scenario, steps=(*crashed, one, other))


def crashed_recoveries(scenario: Scenario, play: Play) -> Iterator[Scenario]:
    """The first few of ``every_crashed_recovery``."""
    yield from islice(every_crashed_recovery(scenario, play), FEW)


def every_crashed_recovery(scenario: Scenario, play: Play) -> Iterator[Scenario]:
    """The last command crashes, its repetition crashes as well, and comes once more.

    Places where the first crash left nothing to recover are other sweeps'.
    """
    *before, last = scenario.steps
    assert isinstance(last, Send)
    usual = by_invocation(play(scenario), Role.COMMAND)[-1:]
    for first in map(_fault, boundaries(usual[0] if usual else [])):
        history = play(replace(scenario, steps=(*before, first, last, last)))
        made = by_invocation(history, Role.COMMAND)[len(before) + 1 :]
        if made and _operations(made[-1]) != _operations(usual[0]):
            for second in map(_fault, boundaries(made[-1])):
                yield replace(scenario, steps=(*before, first, last, second, last, last))


def _operations(calls: list[Called]) -> list[str]:
    return [call.operation for call in calls]


def _fault(crash: Disturbance) -> Fault:
    operation, nth, kind, lasting = crash
    return Fault(Role.COMMAND.value, operation, nth, kind, lasting)
