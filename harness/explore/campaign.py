"""A run: examining one requirement after another on one stage, and adding up the verdicts.

Each requirement's own generator makes its trigger likely; every history is judged by every
check, and a violation is reported under the requirement it violates, whichever generator met
it. Hypothesis draws scenarios; what fails is made small as data (decision 0003).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import InitVar, dataclass, field

from harness.core.contract import Contract
from harness.core.requirements import Requirement
from harness.core.scenario import Scenario
from harness.core.stage import Stage
from harness.core.verdict import NotJudged, Replayed, Verdict
from harness.explore.controlled_strategy import ControlledStrategy
from harness.explore.drawing_plan import drawing_plan, few_at_a_time
from harness.explore.examination import Examination, unwatched
from harness.explore.not_judged import NOT_PROMISED, not_judged
from harness.explore.profiles import Profile
from harness.explore.strategy import StageStrategy


@dataclass
class Campaign:
    """One run's settings and its stage.

    ``strategy``: the one given, or that of a controlled stage. ``watch`` is told what goes on.
    """

    contract: Contract
    stage: Stage
    profile: Profile
    seed: int
    given_strategy: InitVar[StageStrategy | None] = None
    strategy: StageStrategy = field(init=False)
    watch: Callable[[str], None] | None = field(default=None, init=False, repr=False)
    _not_judged: dict[str, NotJudged | None] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self, given_strategy: StageStrategy | None) -> None:
        self.strategy = given_strategy or ControlledStrategy(
            self.contract, self.stage, self.profile)

    def examine(self, requirement_id: str, *, sweeps: bool = True) -> Verdict:
        """Play scenarios of the requirement's exploration and judge it by them.

        ``sweeps``: also those that are the same for every seed.
        """
        self.strategy.see_that_it_answers()
        started = time.perf_counter()
        requirement = self.contract.requirement(requirement_id)
        not_judged = self.not_judged(requirement)
        if not_judged:
            return Verdict(requirement, not_judged.outcome, not_judged.reason)
        drawing = drawing_plan(self.contract, self.profile, self.seed, requirement_id)
        examination = self.examination(requirement)
        swept = (self.strategy.swept(requirement_id, examination.history) if sweeps
                 else iter(()))
        failing = examination.first_violating(swept, drawing)
        counterexample = examination.smallest(failing) if failing else None
        return examination.verdict(counterexample, time.perf_counter() - started)

    def examination(self, requirement: Requirement) -> Examination:
        """A new examination of a requirement; controlled stages begin from nothing."""
        watch = self.watch
        return Examination(
            self.contract, requirement, self.strategy.plays(requirement),
            (lambda phase: watch(f"{requirement.id} {phase}")) if watch else unwatched)

    def few_drawn(self, requirement_id: str) -> Iterator[Scenario]:
        """The scenarios drawn for a requirement, a few at a time; none if it is not judged."""
        if not self.not_judged(self.contract.requirement(requirement_id)):
            plan = drawing_plan(self.contract, self.profile, self.seed, requirement_id)
            yield from few_at_a_time(plan, self.seed, requirement_id)

    def few_swept(self, requirement_id: str, examination: Examination) -> Iterator[Scenario]:
        """The scenarios swept for a requirement, one after another as they are asked for."""
        if not self.not_judged(self.contract.requirement(requirement_id)):
            yield from self.strategy.swept(requirement_id, examination.history)

    def not_judged(self, requirement: Requirement) -> NotJudged | None:
        """Why a requirement is not judged here; None if it is."""
        if requirement.id not in self._not_judged:
            self._not_judged[requirement.id] = not_judged(
                self.contract, self.stage, self.seed, requirement)
        return self._not_judged[requirement.id]

    def confirm(self, requirement_id: str, scenario: Scenario) -> Verdict:
        """Judge a requirement by one scenario that another one's generator met."""
        started = time.perf_counter()
        requirement = self.contract.requirement(requirement_id)
        if requirement_id in self.contract.not_promised:
            return Verdict(requirement, NOT_PROMISED.outcome, NOT_PROMISED.reason)
        examination = self.examination(requirement)
        violated = examination.violation_of(scenario) or (
            examination.begin_from_nothing() and examination.violation_of(scenario))
        counterexample = examination.smallest(scenario) if violated else None
        return examination.verdict(counterexample, time.perf_counter() - started)

    def replay(self, requirement_id: str, scenario: Scenario) -> Replayed:
        """Play one scenario for a requirement, without exploring and without shrinking."""
        return self.examination(self.contract.requirement(requirement_id)).replayed(scenario)

    def playable_part(self, scenario: Scenario) -> Scenario | None:
        """The part of a scenario that the stage can play, if there is one."""
        return self.strategy.playable_part(scenario)

    def warm_up(self) -> None:
        """Get the stage going, before anything is timed or judged."""
        self.strategy.warm_up()

    def known_divergences(self) -> list[dict[str, str]]:
        """The known divergences of the stage from AWS, for the report."""
        return self.strategy.known_divergences()
