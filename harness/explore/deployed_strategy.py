"""The strategy for a stage that the harness does not control: many scenarios side by side.

Hypothesis only draws: all scenarios of a requirement are played side by side, each with a
namespace of its own, and judged one by one by the same checks (``deployed_plays``). A violation
is first looked for on the embedded stage, where its scenario is made small, then played again on
the deployed one (``deployed_explanations``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from harness.core.contract import Contract
from harness.core.errors import StageError
from harness.core.history import Queried
from harness.core.http import Request
from harness.core.requirements import Requirement
from harness.core.scenario import Scenario
from harness.explore.campaign import Campaign
from harness.explore.capability_filter import playable_list
from harness.explore.deployed_explanations import Explainer, OpenEmbedded
from harness.explore.deployed_plays import DeployedPlays
from harness.explore.deployed_runs import DeployedRuns
from harness.explore.drawing import drawn
from harness.explore.profiles import Profile
from harness.explore.strategy import HistoryOf, Played, Plays
from harness.stages.deployed.divergences import Divergence, encoded
from harness.stages.deployed.stage import DeployedStage

WARMING = 16
"""Scenarios that are drawn to get the stage going."""


@dataclass(frozen=True, slots=True)
class DeployedStrategy:
    """See ``StageStrategy``. ``_violating``: the plays of the run that showed a violation."""

    runs: DeployedRuns
    profile: Profile
    seed: int
    explainer: Explainer
    _violating: dict[str, Played] = field(default_factory=dict)

    def see_that_it_answers(self) -> None:
        """See ``StageStrategy``. A stage that was found broken is probed."""
        if self.runs.stage.broken is not None:
            self.runs.probe()

    def warm_up(self) -> None:
        """See ``StageStrategy``. Every function starts its environments.

        A known divergence is tried by a query of the default dialect, or not at all.
        """
        contract, stage = self.runs.contract, self.runs.stage
        exploration = next(iter(contract.explorations.values()))
        some = drawn(exploration.generator(contract), WARMING, self.seed)
        parts = [s for s in map(self.runs.playable_part, some) if s is not None]
        longest = sorted(parts, key=lambda s: len(s.steps))[-stage.plays :]
        plays = self.runs.played(longest, replace(stage.pace))
        for divergence in self.runs.divergences if stage.dialect is None else ():
            self._see_that_it_occurs(divergence, plays)

    def _see_that_it_occurs(self, divergence: Divergence, plays: list[Played]) -> None:
        shown = (q.id for played in plays for q in played.history.of(Queried)
                 if q.phase == "settled" and q.response.status == 200)
        id = next(shown, None)
        if id is None:
            return  # nothing works here, and that is for the requirements to say
        path = f"{self.runs.contract.path}/{encoded(divergence.probe.replace('{id}', id))}"
        status = self.runs.stage.front.send(Request("GET", path)).status
        if 400 <= status < 500:
            raise StageError(
                f"the known divergence {divergence.name!r} of {self.runs.stage.name}",
                f"it no longer occurs: GET {path} gives {status}",
                "take it out of harness/stages/deployed/divergences.toml")

    def known_divergences(self) -> list[dict[str, str]]:
        """See ``StageStrategy``."""
        return [{"name": d.name, "happens": d.happens, "documented": d.documented,
                 "source": d.source} for d in self.runs.divergences]

    def playable_part(self, scenario: Scenario) -> Scenario | None:
        """See ``StageStrategy``."""
        return self.runs.playable_part(scenario)

    def swept(self, requirement_id: str, history_of: HistoryOf) -> Iterator[Scenario]:
        """See ``StageStrategy``. Only lists: AWS calls, which sweeps follow, are not seen here."""
        return iter(playable_list(
            self.runs.contract, requirement_id, self.profile.sweep, self.runs.stage.steps,
            self.runs.stage.capabilities))

    def plays(self, requirement: Requirement) -> Plays:
        """See ``StageStrategy``."""
        return DeployedPlays(self.explainer, requirement, self._violating)


def deployed_campaign(
    contract: Contract, stage: DeployedStage, profile: Profile, seed: int, *,
    replays: int = 5, open_embedded: OpenEmbedded | None = None,
    divergences: tuple[Divergence, ...] = (),
) -> Campaign:
    """A campaign on a deployed stage; one play stands for all where the stage is asked for facts.

    ``open_embedded`` opens the implementation on the embedded stage, where its template is known.
    """
    runs = DeployedRuns(contract, stage, divergences)
    explainer = Explainer(runs, profile, seed, replays, open_embedded, stage.pace.deadline)
    return Campaign(contract, stage.play(), profile, seed,
                    DeployedStrategy(runs, profile, seed, explainer))
