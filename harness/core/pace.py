"""How long to wait for views that converge by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from harness.core.clock import Clock, RealClock

HURRY = 4
SLOWER = 2.0
"""How much longer each pause is than the one before."""
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

    def attempts(self) -> Iterator[None]:
        """Yield at once and after each pause, ever less often, until the deadline has passed."""
        pause, end = self.first_pause, self.clock.now() + self.deadline
        while True:
            yield
            left = end - self.clock.now()
            if left <= 0:
                return
            self.clock.wait(min(pause, left))
            pause = min(pause * SLOWER, self.longest_pause)

    def hurried(self) -> Pace:
        """Shorter waits, for plays that are only to show what a longer one has shown."""
        seen = 4 * self.slowest if self.slowest else self.deadline / 3
        deadline = min(self.deadline, max(2 * self.stable, seen))
        return replace(self, deadline=deadline, stable=self.stable / HURRY)

    def wait_no_longer(self, patience: float) -> None:
        """Views are known not to converge within ``patience``: wait for others less long."""
        self.deadline = min(patience, max(patience / SHORTEST, HURRY * self.slowest))
