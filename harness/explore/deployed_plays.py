"""The plays of one examination on a deployed stage: all at once, then judged one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from harness.core import scenario_json
from harness.core.history import Reply, Sent
from harness.core.requirements import Requirement
from harness.core.scenario import Scenario
from harness.core.verdict import Counterexample
from harness.core.violation import Violation
from harness.explore.capability_filter import repetitions, step_kinds
from harness.explore.deployed_explanations import TRIES, ExaminationNotes, Explainer, Explanation
from harness.explore.drawing_plan import DrawingPlan
from harness.explore.shrink import shrink
from harness.explore.strategy import Played, ViolationOf

SHRINKING = 40
"""Scenarios that are tried on the deployed stage to make one smaller."""
ATTRIBUTIONS = 2
"""Examples of one kind of another requirement's violation that are looked into."""


class DeployedPlays:
    """See ``Plays``. ``violating``: the plays with a violation, kept for the whole run.

    ``_indefinite``: commands without a definite reply; ``_known``: how often divergences of the
    stage showed; ``_left_out``: kinds of steps that the stage cannot play.
    """

    attributions = ATTRIBUTIONS
    drawings = 1  # the number of requests was told before

    def __init__(
        self, explainer: Explainer, requirement: Requirement, violating: dict[str, Played]
    ) -> None:
        self._explainer, self._runs = explainer, explainer.runs
        self._violating = violating
        self._notes = ExaminationNotes(requirement, dict(violating), Counter())
        self._left_out: set[str] = set()
        self._indefinite = 0
        self._known: Counter[str] = Counter()
        self.commands = 0
        self._runs.stage.unsayable.clear()

    def first_violating(
        self, swept: Iterator[Scenario], drawing: DrawingPlan, violates: Callable[[Scenario], bool]
    ) -> Scenario | None:
        """See ``Plays``. All are played side by side, and the shortest is judged first."""
        parts = [*swept, *map(self._playable_part, drawing.drawn())]
        distinct = {scenario_json.to_text(s): s for s in parts if s is not None}
        given = [s for s in distinct.values() for _ in range(repetitions(s))]
        for played in _one_of_each(self._runs.played(given)):
            self._take(played)
        shortest_first = sorted(distinct.values(), key=lambda s: len(s.steps))
        return next((s for s in shortest_first if violates(s)), None)

    def _playable_part(self, scenario: Scenario) -> Scenario | None:
        """The playable part of a scenario; the kinds of steps that are left out are noted."""
        part = self._runs.playable_part(scenario)
        self._left_out |= step_kinds(scenario) - (step_kinds(part) if part else set())
        return part

    def _take(self, played: Played) -> None:
        text = scenario_json.to_text(played.scenario)
        self._notes.kept[text] = played
        sent = list(played.history.of(Sent))
        self.commands += len(sent)
        self._indefinite += sum(record.reply is Reply.INDEFINITE for record in sent)
        self._known.update(played.known)
        if played.violations:
            self._violating[text] = played

    def played(self, scenario: Scenario, *, keep: bool) -> Played:
        """See ``Plays``. Every play is kept."""
        text = scenario_json.to_text(scenario)
        if text not in self._notes.kept:
            self._take(self._runs.played([scenario])[0])
        return self._notes.kept[text]

    def repeated(self, scenario: Scenario) -> list[Played]:
        """See ``Plays``. The first play that shows anything stands for all."""
        plays = self._runs.played([scenario] * self._explainer.replays)
        self._take(_one_of_each(plays)[0])
        return plays

    def repeatable(self, scenario: Scenario) -> Scenario:
        """See ``Plays``. No play can be made to have another one's ids."""
        return scenario

    def shows_from_nothing(self, scenario: Scenario) -> bool:
        """See ``Plays``. Nothing can be removed here, so it is taken for granted."""
        return True

    def begin_from_nothing(self) -> bool:
        """See ``Plays``."""
        return False

    def requirements(self, scenario: Scenario, violation: Violation) -> tuple[str, ...]:
        """See ``Plays``. None if the violation is no more than an observation."""
        return self._explanation(scenario, violation).ids

    def _explanation(self, scenario: Scenario, violation: Violation) -> Explanation:
        played = self.played(scenario, keep=True)
        return self._explainer.explanation(played, violation, self._notes)

    def smallest(self, scenario: Scenario, violation_of: ViolationOf) -> Counterexample:
        """See ``Plays``. The scenario itself where no smaller one shows the violation."""
        violation = violation_of(scenario)
        assert violation is not None
        known = self._explanation(scenario, violation)
        small = known.small or (self._shrunk(scenario, violation) if known.again else scenario)
        embedded = (("moto", 1, 1),) if known.small else ()
        if small != scenario:
            again = self._runs.showing_again(small, violation, known.tries)
            if again:
                played, found = again[0]
                return Counterexample(
                    small, played.history, found, (self._count(len(again), known), *embedded))
        return Counterexample(scenario, self.played(scenario, keep=True).history, violation,
                              (self._count(len(known.again), known), *embedded))

    def _count(self, times: int, known: Explanation) -> tuple[str, int, int]:
        return self._runs.stage.name, times, known.tries

    def _shrunk(self, scenario: Scenario, violation: Violation) -> Scenario:
        pace = self._runs.stage.pace.hurried()

        def still_fails(smaller: Scenario) -> bool:
            part = self._runs.playable_part(smaller)
            return part == smaller and bool(
                self._runs.showing_again(part, violation, TRIES, pace))

        return shrink(self._runs.contract, scenario, still_fails, SHRINKING)

    def remarks(self) -> list[str]:
        """See ``Plays``."""
        seen = [f"seen, but never again: {kind} ({times} times)"
                for kind, times in self._notes.observed.items()]
        if self._indefinite:
            seen.append(f"{self._indefinite} commands got 429, 5xx or no reply at all")
        known = [f"known divergence of {self._runs.stage.name}: {name} ({times} times)"
                 for name, times in self._known.items()]
        return [*seen, *known]

    def unsayable(self) -> str:
        """See ``Plays``."""
        found = self._runs.stage.unsayable.most_common(1)
        return found[0][0] if found else ""

    def steps_left_out(self) -> list[str]:
        """See ``Plays``."""
        return [] if self._notes.observed or self._indefinite else sorted(self._left_out)


def _one_of_each(plays: list[Played]) -> list[Played]:
    """One play of each scenario: the first that shows a violation, if any does."""
    found: dict[str, Played] = {}
    for played in plays:
        text = scenario_json.to_text(played.scenario)
        if text not in found or (played.violations and not found[text].violations):
            found[text] = played
    return list(found.values())
