"""Explaining a violation that a deployed stage has shown: whether it repeats, and which it is.

A history that no correct system can give is a violation even if it happened once; how often it
happened again is told. Three things a correct system can show on a stage that has a bad moment:
a server error, a refusal that speaks of credentials, and a view that is late. Those count only
if they happen again, server errors and refusals with nothing else going on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from urllib.parse import quote

from harness.core import scenario_json
from harness.core.errors import StageError, UndecidedError
from harness.core.http import Request
from harness.core.requirements import Requirement
from harness.core.scenario import Scenario
from harness.core.stage import Stage
from harness.core.violation import Cause, Kind, Violation
from harness.explore.attribution import necessary_causes
from harness.explore.campaign import Campaign
from harness.explore.deployed_runs import DeployedRuns, Shown, is_transient
from harness.explore.profiles import Profile
from harness.explore.strategy import Played, same_violations
from harness.explore.sweep import interleavings
from harness.functions.invocation import HandlerError
from harness.oracle.views import MALFORMED, final_views, observed_view, shows
from harness.play.convergence import settle
from harness.template import TemplateError

TRIES = 3
"""How often a scenario is played to see whether it shows a violation still."""
SCHEDULES = 40
"""Orders of AWS calls that are tried on the embedded stage for an overlap on the deployed one."""
VIEWS = (Kind.VIEW_WRONG, Kind.DELETED_VISIBLE, Kind.UNKNOWN_VISIBLE)
OpenEmbedded = Callable[[], AbstractContextManager[Stage]]
"""Opens the implementation on the embedded stage."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """The facts about a violation: ``again`` are the plays out of ``tries`` that showed it too.

    ``ids``: the requirements it violates, none if it is no more than an observation.
    ``small``: the scenario as the embedded stage made it small, if it shows there.
    """

    ids: tuple[str, ...]
    tries: int
    again: tuple[Shown, ...] = ()
    small: Scenario | None = None


@dataclass(frozen=True, slots=True)
class ExaminationNotes:
    """The notes of the examination that met a violation.

    ``kept``: a play of each scenario, by its text; ``observed``: how many violations of each kind
    never showed again.
    """

    requirement: Requirement
    kept: dict[str, Played]
    observed: Counter[str]


@dataclass
class Explainer:
    """Explains violations, each once a run.

    ``open_embedded``: None where the implementation's template is not known. ``patience``: how
    long views may take; once they were seen never to converge, plays wait less long for them.
    """

    runs: DeployedRuns
    profile: Profile
    seed: int
    replays: int
    open_embedded: OpenEmbedded | None
    patience: float
    _known: dict[tuple[str, Kind, str | None], Explanation] = field(default_factory=dict)

    def explanation(
        self, played: Played, violation: Violation, notes: ExaminationNotes
    ) -> Explanation:
        """The explanation of a violation that showed in a play."""
        key = scenario_json.to_text(played.scenario), violation.kind, violation.flaw
        if key not in self._known:
            self._known[key] = self._explain(played, violation, notes)
        return self._known[key]

    def _explain(
        self, played: Played, violation: Violation, notes: ExaminationNotes
    ) -> Explanation:
        transient = is_transient(violation)
        if transient:
            self.runs.probe()
        again = tuple(self.runs.showing_again(played.scenario, violation, self.replays))
        explained = partial(Explanation, tries=self.replays, again=again)
        if not again and (transient or self._was_late(played, violation)):
            notes.observed[violation.kind.value] += 1
            return explained(())
        if again and violation.kind in VIEWS:
            self.runs.stage.pace.wait_no_longer(self.patience)
        embedded = self._embedded(played.scenario, violation, notes.requirement)
        if embedded is not None:
            return explained(embedded[0], small=embedded[1])
        if again:
            return explained(self._by_causes(played.scenario, violation, notes))
        return explained(self._by_overlap(played, violation))

    def _was_late(self, played: Played, violation: Violation) -> bool:
        """Tell if a view that was wrong at the deadline becomes right within another one."""
        if violation.kind not in VIEWS or violation.aggregate is None:
            return False
        contract = self.runs.contract
        views = final_views(contract, played.ledger, violation.aggregate)
        request = Request("GET", f"{contract.path}/{quote(violation.aggregate, safe='')}")

        def agrees(_: str) -> bool:
            observed = observed_view(self.runs.stage.front.send(request))
            return observed is not MALFORMED and any(
                shows(contract, observed, view) for view in views)

        pace = replace(self.runs.stage.pace, deadline=self.patience)
        return settle(pace, [violation.aggregate], agrees, stable=False) is not None

    def _by_causes(
        self, scenario: Scenario, violation: Violation, notes: ExaminationNotes
    ) -> tuple[str, ...]:
        """The requirements of a violation that shows again: by taking causes away."""
        few_plays = _FewPlays(self.runs, notes.kept)
        needed = necessary_causes(
            self.runs.contract, scenario, violation, few_plays.violations)
        return self.runs.judgeable(needed.requirements(self.runs.contract))

    def _by_overlap(self, played: Played, violation: Violation) -> tuple[str, ...]:
        """The requirements of a violation that showed once: by the commands that overlapped."""
        overlapped = any(judged.overlapped and judged.aggregate == violation.aggregate
                         for judged in played.ledger.commands)
        causes = frozenset({Cause.CONCURRENT_COMMANDS} if overlapped else ())
        return self.runs.judgeable(self.runs.contract.attribute(violation, causes))

    def _embedded(
        self, scenario: Scenario, violation: Violation, requirement: Requirement
    ) -> tuple[tuple[str, ...], Scenario] | None:
        """The requirements and the smallest scenario, if the embedded stage shows it as well."""
        if self.open_embedded is None:
            return None
        try:
            with self.open_embedded() as stage:
                return self._embedded_on(stage, scenario, violation, requirement)
        except (StageError, HandlerError, TemplateError, UndecidedError):
            return None

    def _embedded_on(
        self, stage: Stage, scenario: Scenario, violation: Violation, requirement: Requirement
    ) -> tuple[tuple[str, ...], Scenario] | None:
        campaign = Campaign(self.runs.contract, stage, self.profile, self.seed)
        examination = campaign.examination(requirement)
        orders = islice(interleavings(scenario, examination.history), SCHEDULES)
        for candidate in (scenario, *orders):
            for found in same_violations(examination.violations(candidate), violation)[:1]:
                ids = self.runs.judgeable(examination.requirements(candidate, found))
                shown = campaign.confirm(_one_of(ids, requirement.id), candidate)
                small = shown.counterexample.scenario if shown.counterexample else candidate
                return ids, small
        return None


class _FewPlays:
    """The violations that a few plays of a scenario show."""

    def __init__(self, runs: DeployedRuns, kept: dict[str, Played]) -> None:
        self._runs, self._kept = runs, kept

    def violations(self, scenario: Scenario) -> list[Violation]:
        """All violations of a scenario; where nothing can be cold it need not be warm."""
        part = self._runs.playable_part(replace(scenario, always_cold=False))
        if part is None:
            return []
        text = scenario_json.to_text(part)
        if text not in self._kept:
            plays = self._runs.played([part] * TRIES, self._runs.stage.pace.hurried())
            found = [violation for played in plays for violation in played.violations]
            self._kept[text] = replace(plays[0], violations=found)
        return self._kept[text].violations


def _one_of(ids: tuple[str, ...], preferred: str) -> str:
    return preferred if preferred in ids else ids[0]
