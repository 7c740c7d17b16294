"""The fixture ``cqrs``: a test's own story about a system, judged by all requirements."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import pytest

from harness.core.errors import HarnessError, StageError, UserMistake
from harness.core.history import History
from harness.core.requirements import Level
from harness.core.scenario import Concurrently, Scenario
from harness.entry.contract_errors import naming_the_contract
from harness.entry.given_options import in_force
from harness.entry.judge import Judge
from harness.explore.campaign import Campaign
from harness.explore.sweep.interleavings import interleavings
from harness.play.runner import play
from harness.play.story import Story

STORY_MARK = "cqrs"
ORDERS = 100
"""Orders of the calls of overlapping steps that are tried at most."""


@dataclass
class JudgedStory:
    """A story on the embedded stage, which opens with the first question or at the end."""

    judge: Judge
    story: Story = field(init=False)

    def __post_init__(self) -> None:
        if self.judge.remote:
            raise UserMistake("the fixture cqrs", f"--cqrs-stage {self.judge.options.stage}",
                              "stories are played on the stage moto")
        self.judge.check(processes=False)
        self.story = Story(self.judge.contract, self._played)

    def _campaign(self) -> Campaign:
        return self.judge.campaign()

    def _played(self, scenario: Scenario) -> History:
        with naming_the_contract(self.judge.contract):
            return play(scenario, self._campaign().stage, self.judge.contract)

    def verdict(self) -> str | None:
        """Judge the story; return the story of what it violates, None if that is nothing.

        Raises:
            HarnessError: it cannot be judged.
        """
        if not self.story.steps:
            raise UserMistake("the fixture cqrs", "the story has no step", "send a command")
        self.story.check_that_all_happened()
        with naming_the_contract(self.judge.contract):
            return next(filter(None, map(self._violated, self._orders())), None)

    def _orders(self) -> Iterator[Scenario]:
        scenario = self.story.scenario
        yield scenario
        if any(isinstance(step, Concurrently) for step in scenario.steps):
            yield from islice(interleavings(scenario, self._played), ORDERS)

    def _violated(self, scenario: Scenario) -> str | None:
        """The story of the first requirement that a scenario violates, if it does one."""
        campaign, contract = self._campaign(), self.judge.contract
        first, *_ = contract.requirements
        found = campaign.replay(first.id, scenario)
        ids = {*found.other_requirements, *([first.id] if found.violation else [])}
        binding = [each.id for each in contract.requirements
                   if each.id in ids - contract.not_promised and self._counts(each.level)]
        if not binding:
            return None
        verdict = campaign.confirm(binding[0], scenario)
        if verdict.counterexample is None:
            raise StageError(
                "the story", f"it violated {binding[0]}, and did not when it was played again",
                "find out what the implementation does differently each time")
        others = f"\n\nAlso violated: {', '.join(binding[1:])}" if binding[1:] else ""
        return f"{self.judge.told(verdict).text}{others}"

    def _counts(self, level: Level) -> bool:
        return level is Level.MUST or self.judge.options.strict


@contextmanager
def story_of(request: pytest.FixtureRequest, given: dict[str, Any]) -> Iterator[JudgedStory]:
    """The story of a test; the marker ``cqrs`` says more than the options."""
    mark = request.node.get_closest_marker(STORY_MARK)
    own = {} if mark is None else dict(mark.kwargs)
    options = in_force({**given, **own})
    judge = Judge(options, lambda sentence: None)
    try:
        yield JudgedStory(judge)
    finally:
        judge.close()


def conclude(item: pytest.Item, judged: JudgedStory, *, failed: bool) -> None:
    """End a test with the verdict on its story; beside its own failure the verdict is a section."""
    if failed and not judged.story.steps:
        return
    try:
        text = judged.verdict()
    except HarnessError as error:
        text = f"no verdict: {error}"
    if text is not None and failed:
        item.add_report_section("call", "conformance", text)
    elif text is not None:
        pytest.fail(text, pytrace=False)
