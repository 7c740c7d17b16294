"""The setup of a run, and the stage that is opened for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.core.contract import Contract
from harness.core.scenario import Scenario
from harness.core.stage import Stage
from harness.dialect import Dialect
from harness.explore.campaign import Campaign
from harness.explore.profiles import Profile
from harness.stages.controlled.stage import ControlledStage
from harness.stages.interpreted import InterpretedStage
from harness.stages.participants import Participants, participants
from harness.template import Template


@dataclass(frozen=True, slots=True)
class RunSetup:
    """The system, contract and scenarios of a run. ``template`` None: a black box or a stack's own.

    ``requirements``: those to judge. ``tell`` shows the user a sentence. ``scenario``: the only
    one to play, if a counterexample is replayed. ``dialect`` None: the default. ``debug``:
    functions print to the terminal and read from it, and none is ended because it takes long.
    """

    contract: Contract
    template: Template | None
    profile: Profile
    seed: int
    requirements: tuple[str, ...] = ()
    tell: Callable[[str], None] = lambda _: None
    scenario: Scenario | None = None
    dialect: Dialect | None = None
    debug: bool = False

    def parts(self, template: Template) -> Participants:
        """The functions and stores of an implementation that take part."""
        return participants(template, self.contract.path, self.dialect)

    def interpreted(self, stage: ControlledStage) -> Stage:
        """A stage on which the implementation is spoken to in its dialect."""
        if self.dialect is None:
            return stage
        return InterpretedStage(stage, self.dialect, self.contract)


@dataclass(frozen=True, slots=True)
class Opened:
    """A campaign, and the function that ends its stage.

    ``plays`` opens a stage for a play of its own, where several go on at once.
    """

    campaign: Campaign
    close: Callable[[], None]
    plays: Callable[[], Stage] | None = None


def in_turn(first: Callable[[], None], second: Callable[[], None]) -> None:
    """Do one thing after another, also if the first fails."""
    try:
        first()
    finally:
        second()
