"""Waiting for views where things move by themselves: read again, ever less often, up to a bound.

A view that agrees may do so too early: that of an order created and deleted is none, also
before anything was projected. So all views are read once more after a while, and what has
moved by then is waited for like the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from harness.clock import Clock, RealClock

SLOWER = 2.0
"""How much longer each pause is than the one before."""
HURRY = 4
SHORTEST = 6
"""The part of the deadline that is waited for at least, once views are known not to converge."""


@dataclass(slots=True)
class Pace:
    """How long to wait for what, in seconds.

    ``deadline``: views have to agree until then. ``stable``: how long they have to stay so at
    least; longer where convergence was seen to take longer (``slowest``), up to
    ``longest_window``.
    """

    clock: Clock = field(default_factory=RealClock)
    deadline: float = 30.0
    stable: float = 1.0
    first_pause: float = 0.05
    longest_pause: float = 2.0
    slowest: float = 0.0
    longest_window: float = float("inf")

    @property
    def window(self) -> float:
        """How long views have to stay as they are."""
        longest = min(self.deadline / 2, self.longest_window)
        return max(self.stable, min(2 * self.slowest, longest))

    def hurried(self) -> Pace:
        """Shorter waits, for plays that are only to show what a longer one has shown."""
        seen = 4 * self.slowest if self.slowest else self.deadline / 3
        deadline = min(self.deadline, max(2 * self.stable, seen))
        return replace(self, deadline=deadline, stable=self.stable / HURRY)

    def wait_no_longer(self, patience: float) -> None:
        """Views are known not to converge within ``patience``: wait for others less long."""
        self.deadline = min(patience, max(patience / SHORTEST, HURRY * self.slowest))


def settle(
    pace: Pace, names: Iterable[str], agrees: Callable[[str], bool], *, stable: bool
) -> float | None:
    """Wait until everything named agrees, and (``stable``) still does after a while.

    Gives the seconds until it did, None if the deadline came first.
    """
    everything = list(names)
    started, pause, pending = pace.clock.now(), pace.first_pause, everything
    while True:
        pending = [name for name in pending if not agrees(name)]
        seconds = pace.clock.now() - started
        if everything and not pending and stable:
            pace.clock.wait(pace.window)
            pending = [name for name in everything if not agrees(name)]
        if not pending:
            pace.slowest = max(pace.slowest, seconds)
            return seconds
        left = started + pace.deadline - pace.clock.now()
        if left <= 0:
            return None
        pace.clock.wait(min(pause, left))
        pause = min(pause * SLOWER, pace.longest_pause)
