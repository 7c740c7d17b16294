"""The order in which the scenarios of several sweeps are tried."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence

from harness.core.contract import Play, Sweep
from harness.core.scenario import Scenario


def as_they_are(bases: Sequence[Scenario], play: Play) -> Iterator[Scenario]:
    """The short scenarios themselves."""
    yield from bases


def each_in_turn(one: Callable[[Scenario, Play], Iterator[Scenario]]) -> Sweep:
    """One of what each scenario gives in turn, so that an end leaves no scenario out."""
    return lambda bases, play: in_turn([one(base, play) for base in bases])


def staggered(one: Callable[[Scenario, Play, float], Iterator[Scenario]]) -> Sweep:
    """The same, but each begins elsewhere: together they tell most before any tells all.

    The faults are much the same in all of them, and more than a short run plays.
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
