"""Waiting for views: until they agree, and for as long as it takes to believe it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from harness.core.clock import FakeClock
from harness.core.pace import Pace
from harness.play.convergence import settle


def from_moments(clock: FakeClock, **moments: list[float]) -> Callable[[str], bool]:
    """An agreement that changes at each of the moments given, beginning with no."""
    return lambda name: sum(at <= clock.now() for at in moments[name]) % 2 == 1


def waited(*, stable: bool = True, deadline: float = 30.0, **moments: list[float]) -> float | None:
    """The result of settling."""
    clock = FakeClock()
    pace = Pace(clock, deadline=deadline)
    return settle(pace, moments, from_moments(clock, **moments), stable=stable)


class TestSettle:
    def test_at_once(self) -> None:
        """Views that agree from the start took no time."""
        assert waited(a=[0], b=[0]) == 0

    def test_later(self) -> None:
        """The slowest view counts; pauses grow, so it is found a little late."""
        seconds = waited(a=[0.2], b=[5])
        assert seconds is not None
        assert 5 <= seconds < 8

    def test_never(self) -> None:
        """An agreement after the deadline does not count."""
        assert waited(a=[0], b=[31]) is None

    def test_too_early(self) -> None:
        """A view that agreed by chance and then moved is waited for again."""
        seconds = waited(a=[0, 0.5, 4])
        assert seconds is not None
        assert seconds >= 4

    def test_without_stability(self) -> None:
        """In the midst of a scenario the first agreement will do."""
        assert waited(a=[0, 0.5, 4], stable=False) == 0

    def test_nothing(self) -> None:
        """Where there is nothing to wait for no time passes."""
        clock = FakeClock()
        settle(Pace(clock), [], lambda _: False, stable=True)
        assert clock.waited == []

    def test_only_what_is_open_is_asked_again(self) -> None:
        """A view that agreed is read once more in the end, and not before."""
        clock, asked = FakeClock(), list[str]()
        agrees = from_moments(clock, a=[0], b=[1])
        settle(Pace(clock), "ab", lambda name: asked.append(name) or agrees(name), stable=True)
        assert asked.count("a") == 2 < asked.count("b")


class TestPace:
    def test_learns(self) -> None:
        """Where views were seen to take long, they are mistrusted for longer."""
        clock = FakeClock()
        pace = Pace(clock)
        settle(pace, "a", from_moments(clock, a=[3]), stable=False)
        assert (Pace().window, pace.window >= 6) == (1, True)

    def test_hurries(self) -> None:
        """Repetitions wait shorter, by what convergence was seen to take."""
        assert (Pace(slowest=1).hurried().deadline, Pace(slowest=20).hurried().deadline) == (4, 30)

    @pytest.mark.parametrize(("slowest", "deadline"), [(0.1, 5), (4, 16), (20, 30)])
    def test_no_longer(self, slowest: float, deadline: float) -> None:
        """Once views are known not to come, the others get the time that they were seen to need."""
        pace = Pace(slowest=slowest)
        pace.wait_no_longer(30)
        assert pace.deadline == deadline
