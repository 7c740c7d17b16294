"""Environments of functions that start slowly: late, and used again by later overlaps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from harness.functions.invocation import LambdaContext
from harness.stages.controlled.environments import Environments
from harness.stages.controlled.turns import Turns


@dataclass
class Made:
    """An environment; ``number``: how many were started before it."""

    number: int
    warm: bool = False
    alive: bool = True

    def load(self) -> None:
        pass

    def invoke(self, event: Any, context: LambdaContext) -> Any:
        return event

    def enter(self) -> None:
        pass

    def leave(self) -> None:
        pass

    def take_output(self) -> str:
        return ""

    def end(self) -> None:
        self.alive = False


@dataclass
class Slow:
    """A function whose environments start slowly, or not."""

    starts_slowly: bool
    started: list[Made] = field(default_factory=list)
    name: str = "f"
    environment: Mapping[str, str] = field(default_factory=dict)
    clock_can_be_set: bool = True
    timeout: float = 3.0
    memory: int = 128

    def start(self) -> Made:
        self.started.append(Made(len(self.started)))
        return self.started[-1]


def environments(*, slow: bool) -> tuple[Environments, list[Made]]:
    """The environments of one function after a play's begin, and those that were started."""
    function = Slow(slow)
    made = Environments({"f": function}, Turns(), 30.0)
    made.begin(always_cold=False)
    return made, function.started


@pytest.mark.parametrize("slow", [False, True])
def test_first(slow: bool) -> None:
    """A play begins warm; a process starts when it is needed, a module before."""
    made, started = environments(slow=slow)
    before = len(started)
    assert (before, made.acquired("f").warm) == (0 if slow else 1, True)


@pytest.mark.parametrize("slow", [False, True])
def test_cold_start(slow: bool) -> None:
    """A cold start that the play asks for is one, however late the first start would have been."""
    made, _ = environments(slow=slow)
    made.restart()
    assert not made.acquired("f").warm


@pytest.mark.parametrize(("slow", "numbers"), [(False, [0, 2]), (True, [0, 1])])
def test_overlap(slow: bool, numbers: list[int]) -> None:
    """The second environment of an overlap waits for a later one, if it starts slowly."""
    made, _ = environments(slow=slow)
    for each in [made.acquired("f"), made.acquired("f")]:
        made.release("f", each, usable=True)
    made.begin(always_cold=False)
    again = [made.acquired("f"), made.acquired("f")]
    assert [each.number for each in again if isinstance(each, Made)] == numbers


def test_restart() -> None:
    """Environments that overlaps have left end with all others."""
    made, started = environments(slow=True)
    for each in [made.acquired("f"), made.acquired("f")]:
        made.release("f", each, usable=True)
    made.begin(always_cold=False)
    made.restart("f")
    assert [each.alive for each in started] == [False, False]
