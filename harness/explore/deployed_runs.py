"""Plays on a deployed stage: side by side, judged, and repeated to see what shows again."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from harness.core.contract import Contract
from harness.core.history import History
from harness.core.pace import Pace
from harness.core.scenario import Scenario
from harness.core.violation import Kind, Violation
from harness.explore.capability_filter import playable_part
from harness.explore.strategy import Played, same_violations
from harness.oracle.checks import judge
from harness.play.runner import play
from harness.stages.deployed.divergences import Divergence
from harness.stages.deployed.pool import side_by_side
from harness.stages.deployed.probing import probe
from harness.stages.deployed.stage import DeployedStage

TRANSIENT_STATUSES = frozenset({"401", "403", "408"})
"""Statuses that a stage may give for reasons of its own, besides server errors."""
Shown = tuple[Played, Violation]
"""A play, and the violation in question as it showed there."""


@dataclass(frozen=True, slots=True)
class DeployedRuns:
    """Plays scenarios on a deployed stage. ``divergences``: those that the stage is known for."""

    contract: Contract
    stage: DeployedStage
    divergences: tuple[Divergence, ...] = ()

    def probe(self) -> None:
        """See that the stage answers at all.

        Raises:
            StageError: it does not.
        """
        probe(self.stage.front, self.contract.path)
        self.stage.broken = None

    def playable_part(self, scenario: Scenario) -> Scenario | None:
        """The part of a scenario that the stage can play, if there is one."""
        return playable_part(self.contract, scenario, self.stage.steps, self.stage.capabilities)

    def played(self, given: list[Scenario], pace: Pace | None = None) -> list[Played]:
        """Play scenarios side by side, then judge each."""
        jobs = [partial(self._play, scenario, pace) for scenario in given]
        histories = side_by_side(jobs, self.stage.plays)
        return [self._judged(scenario, history)
                for scenario, history in zip(given, histories, strict=True)]

    def _play(self, scenario: Scenario, pace: Pace | None) -> History:
        return play(scenario, self.stage.play(pace), self.contract)

    def _judged(self, scenario: Scenario, history: History) -> Played:
        """Judge a history; a known divergence of the stage is no violation."""
        ledger, violations = judge(self.contract, history)
        known = [(d, v) for v in violations for d in self.divergences if d.explains(v)]
        excused = [violation for _, violation in known]
        return Played(scenario, history, ledger, [v for v in violations if v not in excused],
                      tuple(divergence.name for divergence, _ in known))

    def showing_again(
        self, scenario: Scenario, violation: Violation, tries: int, pace: Pace | None = None
    ) -> list[Shown]:
        """The plays, of so many tries, that show a violation too.

        They are made one by one where other requests might be its cause.
        """
        size = 1 if is_transient(violation) else tries
        batches = [self.played([scenario] * size, pace) for _ in range(tries // size)]
        plays = [played for batch in batches for played in batch]
        return [(p, found) for p in plays for found in same_violations(p.violations, violation)[:1]]

    def judgeable(self, ids: tuple[str, ...]) -> tuple[str, ...]:
        """Those requirements that this stage can judge; all if it can judge none."""
        needs = {id: self.contract.requirement(id).needs for id in ids}
        able = tuple(id for id in ids if set(needs[id]) <= self.stage.capabilities)
        return able or ids


def is_transient(violation: Violation) -> bool:
    """Tell if a stage that has a bad moment shows the same for a correct system."""
    if not isinstance(violation.observed, str) or violation.kind is Kind.DISCLOSURE:
        return False
    status = violation.observed[:3]
    return status in TRANSIENT_STATUSES or (status.isdecimal() and status.startswith("5"))
