"""A run on a stage that the harness does not control.

Hypothesis only draws: all scenarios of a requirement are played side by side, each with a
namespace of its own, and judged one by one by the same checks. What fails is first looked for
on the embedded stage, where it is made small, then played again on the real one.

A history that no correct system can give is a violation even if it happened once; how often it
happened again is told. Three things a correct system can show on a stage that has a bad moment:
a server error, a refusal that speaks of credentials, and a view that is late. Those count only
if they happen again, server errors and refusals with nothing else going on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from urllib.parse import quote

from hypothesis import strategies as st

from harness.core import scenario as scenarios
from harness.core.errors import StageError, UndecidedError
from harness.core.history import History, Queried, Reply, Sent
from harness.core.http import Request
from harness.core.ledger import Ledger
from harness.core.pace import Pace
from harness.core.requirements import Requirement
from harness.core.scenario import Scenario
from harness.core.stage import Stage
from harness.core.verdict import Counterexample, Outcome, Replayed, Verdict
from harness.core.violation import Cause, Kind, Violation
from harness.explore.attribution import necessary_causes, related
from harness.explore.campaign import Campaign, Examination
from harness.explore.capability_filter import kinds, listed, playable, throws_of
from harness.explore.drawing import drawn
from harness.explore.shrink import shrink
from harness.explore.sweep import interleavings
from harness.functions.invocation import HandlerError
from harness.oracle.checks import judge
from harness.oracle.checks.reads import MALFORMED, observed_view, shows
from harness.oracle.worlds import final_views
from harness.play.convergence import settle
from harness.play.runner import play
from harness.stages.deployed.divergences import Divergence, encoded
from harness.stages.deployed.pool import side_by_side
from harness.stages.deployed.probing import probe
from harness.stages.deployed.stage import RemoteStage
from harness.template import TemplateError

TRIES = 3
"""How often a scenario is played to see whether it shows a violation still."""
WARMING = 16
"""Scenarios that are drawn to get the stage going."""
SHRINKING = 40
"""Scenarios that are tried on the real stage to make one smaller."""
SCHEDULES = 40
"""Orders of AWS calls that are tried on the embedded stage for an overlap on the real one."""
LOOKED_INTO = 2
"""Examples of one kind of somebody else's violation that are looked into per requirement."""
PASSING = frozenset({"401", "403", "408"})
"""Statuses that a stage may give for reasons of its own, besides server errors."""
VIEWS = (Kind.VIEW_WRONG, Kind.DELETED_VISIBLE, Kind.UNKNOWN_VISIBLE)


@dataclass(frozen=True, slots=True)
class Played:
    """A scenario with what it gave on the stage; ``known``: divergences that showed in it."""

    scenario: Scenario
    history: History
    ledger: Ledger
    violations: list[Violation]
    known: tuple[str, ...] = ()


Shown = tuple[Played, Violation]
"""A play, and the violation in question as it showed there."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is known of a violation: ``again`` are the plays out of ``tries`` that showed it too.

    ``ids``: the requirements it violates, none if it is no more than an observation.
    ``small``: the scenario as the embedded stage made it small, if it shows there.
    """

    ids: tuple[str, ...]
    tries: int
    again: tuple[Shown, ...] = ()
    small: Scenario | None = None


@dataclass
class RemoteCampaign(Campaign):
    """One run's settings and its stage. ``stage`` is a play that stands for all the others.

    ``embedded`` opens the implementation on the embedded stage, where its template is known.
    ``met`` are plays with a violation, ``explained`` what became of those. ``patience``: how long
    views may take; once they were seen never to converge, nobody waits for so long any more.
    """

    remote: RemoteStage
    replays: int = 5
    embedded: Callable[[], AbstractContextManager[Stage]] | None = None
    divergences: tuple[Divergence, ...] = ()
    met: dict[str, Played] = field(default_factory=dict)
    explained: dict[tuple[str, Kind, str | None], Explanation] = field(default_factory=dict)
    patience: float = field(init=False)

    def __post_init__(self) -> None:
        self.patience = self.remote.pace.deadline

    def _examination(self, requirement: Requirement) -> Examination:
        return RemoteExamination(self, requirement)

    def _swept(self, examination: Examination, requirement: Requirement) -> Iterator[Scenario]:
        """Lists as a whole; what follows AWS calls cannot be, since they are not seen here."""
        return iter(listed(self.contract, requirement.id, self.profile.sweep, self.remote.steps,
                           self.remote.capabilities))

    def playable(self, scenario: Scenario) -> Scenario | None:
        """What is left of a scenario on this stage."""
        return playable(self.contract, scenario, self.remote.steps, self.remote.capabilities)

    def probe(self) -> None:
        """See that the stage answers at all.

        Raises:
            StageError: it does not.
        """
        probe(self.remote.front, self.contract.path)
        self.remote.broken = None

    def examine(self, requirement_id: str) -> Verdict:
        """See ``Campaign``. A stage that was found broken is probed first."""
        if self.remote.broken is not None:
            self.probe()
        return super().examine(requirement_id)

    def warm_up(self) -> None:
        """Have every function start its environments, before anything is timed or judged.

        Raises:
            StageError: a known divergence of the stage no longer occurs.
        """
        exploration = next(iter(self.contract.explorations.values()))
        some = drawn(exploration.generator(self.contract), WARMING, self.seed)
        left = [s for s in map(self.playable, some) if s is not None]
        longest = sorted(left, key=lambda s: len(s.steps))[-self.remote.plays :]
        plays = self.played(longest, replace(self.remote.pace))
        for divergence in self.divergences:
            self._try(divergence, plays)

    def _try(self, divergence: Divergence, plays: list[Played]) -> None:
        shown = (q.id for played in plays for q in played.history.of(Queried)
                 if q.phase == "settled" and q.response.status == 200)
        id = next(shown, None)
        if id is None:
            return  # nothing works here, and that is for the requirements to say
        path = f"{self.contract.path}/{encoded(divergence.probe.replace('{id}', id))}"
        status = self.remote.front.send(Request("GET", path)).status
        if 400 <= status < 500:
            raise StageError(
                f"the known divergence {divergence.name!r} of {self.remote.name}",
                f"it no longer occurs: GET {path} gives {status}",
                "take it out of harness/stages/remote/divergences.toml")

    def known_divergences(self) -> list[dict[str, str]]:
        """What the stage does otherwise than AWS, for the report."""
        return [{"name": d.name, "happens": d.happens, "documented": d.documented,
                 "source": d.source} for d in self.divergences]

    def played(self, given: list[Scenario], pace: Pace | None = None) -> list[Played]:
        """Play scenarios side by side, then judge each."""
        jobs = [partial(self._play, scenario, pace) for scenario in given]
        histories = side_by_side(jobs, self.remote.plays)
        return [self._judged(scenario, history)
                for scenario, history in zip(given, histories, strict=True)]

    def _judged(self, scenario: Scenario, history: History) -> Played:
        """Judge a history; what the stage is known to do is no violation."""
        ledger, violations = judge(self.contract, history)
        known = [(d, v) for v in violations for d in self.divergences if d.explains(v)]
        excused = [violation for _, violation in known]
        return Played(scenario, history, ledger, [v for v in violations if v not in excused],
                      tuple(divergence.name for divergence, _ in known))

    def _play(self, scenario: Scenario, pace: Pace | None) -> History:
        return play(scenario, self.remote.play(pace), self.contract)

    def again(self, scenario: Scenario, violation: Violation, tries: int,
              pace: Pace | None = None) -> list[Shown]:
        """The plays out of so many that show a violation too; one by one if it needs care."""
        size = 1 if passing(violation) else tries
        batches = [self.played([scenario] * size, pace) for _ in range(tries // size)]
        plays = [played for batch in batches for played in batch]
        return [(p, found) for p in plays for found in alike(p.violations, violation)[:1]]

    def judgeable(self, ids: tuple[str, ...]) -> tuple[str, ...]:
        """Those requirements that this stage can judge; all if it can judge none."""
        needs = {id: self.contract.requirement(id).needs for id in ids}
        able = tuple(id for id in ids if set(needs[id]) <= self.remote.capabilities)
        return able or ids


class RemoteExamination(Examination):
    """What is seen while one requirement is examined on such a stage."""

    attributions = LOOKED_INTO

    def __init__(self, campaign: RemoteCampaign, requirement: Requirement) -> None:
        super().__init__(campaign, requirement)
        self._campaign = campaign
        self._observed: Counter[str] = Counter()
        self._left_out: set[str] = set()
        self._listed: list[Scenario] = []
        self._indefinite = 0
        self._known: Counter[str] = Counter()
        for text, played in campaign.met.items():
            self._judged[text] = played.history, played.ledger, played.violations

    def sweep(self, scenarios_: Iterator[Scenario]) -> Scenario | None:
        """Nothing is played yet: what is drawn is played beside it."""
        self._listed = list(scenarios_)
        return None

    def explore(self, strategy: st.SearchStrategy[Scenario], examples: int) -> Scenario | None:
        """Play all scenarios side by side, then judge one after the other, the shortest first."""
        left = [*self._listed, *map(self._left, drawn(strategy, examples, self._seed))]
        distinct = {scenarios.to_text(s): s for s in left if s is not None}
        throws = [s for s in distinct.values() for _ in range(throws_of(s))]
        for played in _most_telling(self._campaign.played(throws)):
            self._take(played)
        shortest_first = sorted(distinct.values(), key=lambda s: len(s.steps))
        return next((s for s in shortest_first if self._example(s)), None)

    def _left(self, scenario: Scenario) -> Scenario | None:
        """What is left of a scenario; what is left out of it is remembered."""
        left = self._campaign.playable(scenario)
        self._left_out |= kinds(scenario) - (kinds(left) if left else set())
        return left

    def verdict(self, counterexample: Counterexample | None, seconds: float) -> Verdict:
        """Add up what was seen; what only a step left out could have shown needs that step."""
        found = super().verdict(counterexample, seconds)
        hidden = found.other_requirements or self._observed or self._indefinite
        if found.outcome is Outcome.VACUOUS and self._left_out and not hidden:
            needed = ", ".join(sorted(self._left_out))
            return replace(found, outcome=Outcome.SKIPPED,
                           reason=f"needs a stage that can play {needed}")
        return found

    def _take(self, played: Played) -> None:
        text = scenarios.to_text(played.scenario)
        self._judged[text] = played.history, played.ledger, played.violations
        sent = list(played.history.of(Sent))
        self._commands += len(sent)
        self._indefinite += sum(record.reply is Reply.INDEFINITE for record in sent)
        self._known.update(played.known)
        if played.violations:
            self._campaign.met[text] = played

    def replayed(self, scenario: Scenario) -> Replayed:
        """What a scenario shows, as the first of some plays that shows anything has it."""
        plays = self._campaign.played([scenario] * self._campaign.replays)
        self._take(next((played for played in plays if played.violations), plays[0]))
        found = super().replayed(scenario)
        if found.violation is None:
            return replace(found, tries=len(plays))
        times = sum(bool(alike(played.violations, found.violation)) for played in plays)
        return replace(found, times=times, tries=len(plays))

    def requirements(self, scenario: Scenario, violation: Violation) -> tuple[str, ...]:
        """The requirements that a violation violates; none if it never happened again."""
        key = scenarios.to_text(scenario), violation.kind, violation.flaw
        if key not in self._campaign.explained:
            self._campaign.explained[key] = self._explain(scenario, violation)
        return self._campaign.explained[key].ids

    def _explain(self, scenario: Scenario, violation: Violation) -> Explanation:
        if passing(violation):
            self._campaign.probe()
        again = tuple(self._campaign.again(scenario, violation, self._campaign.replays))
        known = partial(Explanation, tries=self._campaign.replays, again=again)
        if not again and (passing(violation) or self._late(scenario, violation)):
            self._observed[violation.kind.value] += 1
            return known(())
        if again and violation.kind in VIEWS:
            self._campaign.remote.pace.wait_no_longer(self._campaign.patience)
        embedded = self._embedded(scenario, violation)
        if embedded is not None:
            return known(*embedded[:1], small=embedded[1])
        return known(self._attribute(scenario, violation, bool(again)))

    def _late(self, scenario: Scenario, violation: Violation) -> bool:
        """Whether a view that was wrong at the deadline becomes right within another one."""
        if violation.kind not in VIEWS or violation.aggregate is None:
            return False
        _, ledger, _ = self._judged[scenarios.to_text(scenario)]
        views = final_views(self._contract, ledger, violation.aggregate)
        request = Request("GET", f"{self._contract.path}/{quote(violation.aggregate, safe='')}")

        def agrees(_: str) -> bool:
            observed = observed_view(self._campaign.remote.front.send(request))
            return observed is not MALFORMED and any(
                shows(self._contract, observed, view) for view in views)

        pace = replace(self._campaign.remote.pace, deadline=self._campaign.patience)
        return settle(pace, [violation.aggregate], agrees, stable=False) is not None

    def _attribute(
        self, scenario: Scenario, violation: Violation, repeats: bool
    ) -> tuple[str, ...]:
        """By taking causes away, if it can be brought about; or else by what overlapped."""
        if repeats:
            needed = necessary_causes(
                self._contract, scenario, violation, self._violations_here)
            return self._campaign.judgeable(needed.requirements(self._contract))
        _, ledger, _ = self._judged[scenarios.to_text(scenario)]
        overlapped = any(judged.overlapped and judged.aggregate == violation.aggregate
                         for judged in ledger.commands)
        causes = frozenset({Cause.CONCURRENT_COMMANDS} if overlapped else ())
        return self._campaign.judgeable(self._contract.attribute(violation, causes))

    def _violations_here(self, scenario: Scenario) -> list[Violation]:
        """What a few plays of a scenario show; where nothing can be cold it need not be warm."""
        left = self._campaign.playable(replace(scenario, always_cold=False))
        if left is None:
            return []
        text = scenarios.to_text(left)
        if text not in self._judged:
            plays = self._campaign.played([left] * TRIES, self._campaign.remote.pace.hurried())
            found = [violation for played in plays for violation in played.violations]
            self._judged[text] = plays[0].history, plays[0].ledger, found
        return self._judged[text][2]

    def _embedded(
        self, scenario: Scenario, violation: Violation
    ) -> tuple[tuple[str, ...], Scenario] | None:
        """The requirements and the smallest scenario, if the embedded stage shows it as well."""
        if self._campaign.embedded is None:
            return None
        try:
            with self._campaign.embedded() as stage:
                return self._embedded_on(stage, scenario, violation)
        except (StageError, HandlerError, TemplateError, UndecidedError):
            return None

    def _embedded_on(
        self, stage: Stage, scenario: Scenario, violation: Violation
    ) -> tuple[tuple[str, ...], Scenario] | None:
        campaign = Campaign(self._contract, stage, self._campaign.profile, self._campaign.seed)
        examination = Examination(campaign, self._requirement)
        orders = islice(interleavings(scenario, examination.history), SCHEDULES)
        for candidate in (scenario, *orders):
            for found in alike(examination.violations(candidate), violation)[:1]:
                ids = self._campaign.judgeable(examination.requirements(candidate, found))
                shown = campaign.confirm(_one_of(ids, self._requirement.id), candidate)
                small = shown.counterexample.scenario if shown.counterexample else candidate
                return ids, small
        return None

    def smallest(self, scenario: Scenario) -> Counterexample:
        """The counterexample made from a failing scenario."""
        violation = self.violates(scenario)
        assert violation is not None
        known = self._campaign.explained[
            scenarios.to_text(scenario), violation.kind, violation.flaw]
        small = known.small or (self._shrunk(scenario, violation) if known.again else scenario)
        name, tries = self._campaign.remote.name, known.tries
        embedded = (("moto", 1, 1),) if known.small else ()
        if small != scenario:
            again = self._campaign.again(small, violation, tries)
            if again:
                played, found = again[0]
                counts = ((name, len(again), tries), *embedded)
                return Counterexample(small, played.history, found, counts)
        history, _, _ = self._judged[scenarios.to_text(scenario)]
        counts = ((name, len(known.again), tries), *embedded)
        return Counterexample(scenario, history, violation, counts)

    def _shrunk(self, scenario: Scenario, violation: Violation) -> Scenario:
        pace = self._campaign.remote.pace.hurried()

        def still_fails(smaller: Scenario) -> bool:
            left = self._campaign.playable(smaller)
            return left == smaller and bool(self._campaign.again(left, violation, TRIES, pace))

        return shrink(self._contract, scenario, still_fails, SHRINKING)

    def _reported(self) -> str:
        return self._with_observations(super()._reported())

    def _why_vacuous(self) -> str:
        return self._with_observations(super()._why_vacuous())

    def _with_observations(self, reason: str) -> str:
        seen = [f"seen, but never again: {what} ({times} times)"
                for what, times in self._observed.items()]
        if self._indefinite:
            seen.append(f"{self._indefinite} commands got 429, 5xx or no reply at all")
        known = [f"known divergence of {self._campaign.remote.name}: {name} ({times} times)"
                 for name, times in self._known.items()]
        return ", ".join([text for text in (reason, *seen, *known) if text])


def _most_telling(plays: list[Played]) -> list[Played]:
    """One play of each scenario: the first that shows a violation, if any does."""
    found: dict[str, Played] = {}
    for played in plays:
        text = scenarios.to_text(played.scenario)
        if text not in found or (played.violations and not found[text].violations):
            found[text] = played
    return list(found.values())


def alike(violations: list[Violation], violation: Violation) -> list[Violation]:
    """Those of some violations that are the one in question, as it shows in another play."""
    return [v for v in violations
            if related(v.kind, violation.kind) and v.flaw == violation.flaw]


def passing(violation: Violation) -> bool:
    """Whether a stage that has a bad moment shows the same for a correct system."""
    if not isinstance(violation.observed, str) or violation.kind is Kind.DISCLOSURE:
        return False
    status = violation.observed[:3]
    return status in PASSING or (status.isdecimal() and status.startswith("5"))


def _one_of(ids: tuple[str, ...], preferred: str) -> str:
    return preferred if preferred in ids else ids[0]
