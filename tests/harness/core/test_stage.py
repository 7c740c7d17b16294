"""A capability is asked for by its function: a stage has it, or the step is refused."""

from collections.abc import Callable
from typing import Any, cast

import pytest

from harness.core.errors import StageError
from harness.core.stage import (
    Stage,
    deliveries,
    environments,
    event_bus,
    faults,
    queue_batches,
    read_model,
    time_passes,
)
from harness.stages.controlled.stage import ControlledStage

ASKED: tuple[tuple[Callable[[Stage], Any], str], ...] = (
    (queue_batches, "invoke"), (event_bus, "bus"), (deliveries, "bus"), (faults, "calls"),
    (environments, "cold"), (read_model, "table"),
)


class BlackBox:
    """A stage that only answers requests."""

    name = "http"


@pytest.mark.parametrize(("ask", "word"), ASKED)
def test_lacking(ask: Callable[[Stage], Any], word: str) -> None:
    """A stage without a capability is named, with the word of what the step needs."""
    with pytest.raises(StageError, match=f"stage http: a step needs {word}"):
        ask(cast(Stage, BlackBox()))


@pytest.mark.parametrize("ask", [ask for ask, _ in ASKED])
def test_controlled_stages_have_all(ask: Callable[[Stage], Any]) -> None:
    """A controlled stage honours every step."""
    stage = cast(Stage, object.__new__(ControlledStage))
    assert ask(stage) is stage


def test_clocks_out_of_reach() -> None:
    """Where clocks cannot be moved no time passes, and that is no error."""
    assert time_passes(cast(Stage, BlackBox())) is False
