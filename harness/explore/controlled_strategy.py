"""The strategy for a stage that the harness controls: one scenario after another, each repeatable.

Hypothesis draws scenarios, and each is judged before the next is drawn. A violation is attributed
and made small by playing variations of its scenario on the same stage.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from harness.core import scenario_json
from harness.core.bodies import with_ids_of
from harness.core.contract import Contract
from harness.core.errors import StageError
from harness.core.history import History, Sent, SentBatch
from harness.core.requirements import Requirement
from harness.core.scenario import Scenario
from harness.core.stage import Stage, unsayable_steps
from harness.core.verdict import Counterexample
from harness.core.violation import Cause, Violation
from harness.explore.attribution import Needed, necessary_causes
from harness.explore.drawing import each_drawn
from harness.explore.drawing_plan import DrawingPlan
from harness.explore.lines_of_calls import with_lines
from harness.explore.profiles import Profile
from harness.explore.shrink import shrink
from harness.explore.strategy import HistoryOf, Played, Plays, ViolationOf
from harness.explore.violation_families import WITHOUT_EFFECT, related
from harness.oracle.checks import judge
from harness.play.runner import play

KEPT = 1000
"""Histories that are kept per requirement, so as not to play their scenarios again."""
ATTRIBUTIONS = 6
"""Examples of one kind of another requirement's violation that are looked into."""

OTHER_IDS = 2
"""Plays of a scenario with other ids that have to show the same violation: one may by chance."""


class _FoundError(Exception):
    """Ends the exploration: a violation of the requirement under examination."""


@dataclass(frozen=True, slots=True)
class ControlledStrategy:
    """See ``StageStrategy``."""

    contract: Contract
    stage: Stage
    profile: Profile

    def see_that_it_answers(self) -> None:
        """See ``StageStrategy``. A controlled stage always answers."""

    def warm_up(self) -> None:
        """See ``StageStrategy``. A controlled stage has its environments from the start."""

    def known_divergences(self) -> list[dict[str, str]]:
        """See ``StageStrategy``. None is known."""
        return []

    def playable_part(self, scenario: Scenario) -> Scenario | None:
        """See ``StageStrategy``. A controlled stage plays everything."""
        return scenario

    def swept(self, requirement_id: str, history_of: HistoryOf) -> Iterator[Scenario]:
        """See ``StageStrategy``."""
        exploration = self.contract.explorations[requirement_id]
        if exploration.sweep is None or exploration.short_scenarios is None:
            return iter(())
        found = exploration.sweep(exploration.short_scenarios(self.contract), history_of)
        return islice(found, self.profile.sweep)

    def plays(self, requirement: Requirement) -> Plays:
        """See ``StageStrategy``."""
        return ControlledPlays(self.contract, self.stage, requirement)


class ControlledPlays:
    """The plays of one examination on a controlled stage. See ``Plays``.

    ``_from_nothing``: each play begins with empty stores and new environments.
    """

    attributions = ATTRIBUTIONS
    drawings = 5

    def __init__(self, contract: Contract, stage: Stage, requirement: Requirement) -> None:
        self._contract, self._stage, self._requirement = contract, stage, requirement
        self._kept: dict[str, Played] = {}
        self._from_nothing = False
        self.commands = 0
        unsayable_steps(stage).clear()
        stage.reset()

    def first_violating(
        self, swept: Iterator[Scenario], drawing: DrawingPlan, violates: Callable[[Scenario], bool]
    ) -> Scenario | None:
        """See ``Plays``. Those swept come first."""
        found = next((scenario for scenario in swept if violates(scenario)), None)
        return found or self._first_drawn(drawing, violates)

    def _first_drawn(
        self, drawing: DrawingPlan, violates: Callable[[Scenario], bool]
    ) -> Scenario | None:
        violating: list[Scenario] = []

        def example(drawn: Scenario) -> None:
            if violates(drawn):
                violating.append(drawn)
                raise _FoundError

        try:
            each_drawn(example, drawing.strategy, drawing.examples, drawing.seed)
        except _FoundError:
            return violating[0]
        return None

    def played(self, scenario: Scenario, *, keep: bool) -> Played:
        """See ``Plays``. A play with a violation is kept in any case."""
        text = scenario_json.to_text(scenario)
        if text in self._kept:
            return self._kept[text]
        if self._from_nothing:
            self._stage.reset()
        found = self._judged(scenario, play(scenario, self._stage, self._contract))
        if keep or found.violations:
            self._kept[text] = found
        if len(self._kept) > KEPT:
            del self._kept[next(iter(self._kept))]
        return found

    def _judged(self, scenario: Scenario, history: History) -> Played:
        self.commands += sum(isinstance(r, Sent) for r in history.records)
        self.commands += sum(len(r.bodies) for r in history.of(SentBatch))
        return Played(scenario, history, *judge(self._contract, history))

    def repeated(self, scenario: Scenario) -> list[Played]:
        """See ``Plays``. One play is enough: another one would be the same."""
        return [self.played(scenario, keep=True)]

    def repeatable(self, scenario: Scenario) -> Scenario:
        """See ``Plays``. Each play has ids of its own, and some systems mix up a few of them."""
        first = self.played(scenario, keep=True)
        if all(self._shows(scenario, first.violations) for _ in range(OTHER_IDS)):
            return scenario
        same_ids = with_ids_of(scenario, first.history.namespace)
        return same_ids if self._shows(same_ids, first.violations) else scenario

    def _shows(self, scenario: Scenario, violations: list[Violation]) -> bool:
        """Tell if another play of the scenario shows one of some violations."""
        found = judge(self._contract, play(scenario, self._stage, self._contract))[1]
        return any(related(one.kind, other.kind) for one in violations for other in found)

    def shows_from_nothing(self, scenario: Scenario) -> bool:
        """See ``Plays``. Ids are new in each play; keys, for instance, come again."""
        return self._from_nothing or self._shows_anew(scenario)

    def begin_from_nothing(self) -> bool:
        """See ``Plays``."""
        before, self._from_nothing = self._from_nothing, True
        if not before:
            self._kept = {}
        return not before

    def requirements(self, scenario: Scenario, violation: Violation) -> tuple[str, ...]:
        """See ``Plays``."""
        return self._needed(scenario, violation).requirements(self._contract)

    def _needed(self, scenario: Scenario, violation: Violation) -> Needed:
        return necessary_causes(
            self._contract, scenario, violation, self._violations, self._history)

    def _violations(self, scenario: Scenario) -> list[Violation]:
        return self.played(scenario, keep=True).violations

    def _history(self, scenario: Scenario) -> History:
        return self.played(scenario, keep=True).history

    def smallest(self, scenario: Scenario, violation_of: ViolationOf) -> Counterexample:
        """See ``Plays``.

        No step may be left out so that a command becomes one that has to be refused: that would
        be another fault, the missing refusal, which shows the violation as well.
        """
        small = self._made_small(scenario, violation_of)
        if not self._shows_anew(small):
            small = self._small_from_nothing(scenario, violation_of) or small
        history = self._history(small)
        violation = violation_of(small)
        if violation is None:
            raise _unrepeated(self._requirement)
        causes = self._needed(small, violation).causes
        history = with_lines(history, small, self._stage, self._contract)
        return Counterexample(small, history, violation, causes=causes)

    def _made_small(self, scenario: Scenario, violation_of: ViolationOf) -> Scenario:
        known, shown = self._needed_without_effect(scenario, violation_of), violation_of(scenario)
        if known is None or shown is None:
            raise _unrepeated(self._requirement)

        def still_fails(smaller: Scenario) -> bool:
            brought_in = self._needed_without_effect(smaller, violation_of)
            return brought_in is not None and brought_in <= known

        return shrink(self._contract, scenario, still_fails, shown_at=shown.step)

    def _needed_without_effect(
        self, scenario: Scenario, violation_of: ViolationOf
    ) -> frozenset[Cause] | None:
        """The commands without an effect that the violation of the requirement needs, if any."""
        violation = violation_of(scenario)
        if violation is None:
            return None
        return self._needed(scenario, violation).causes & WITHOUT_EFFECT

    def _shows_anew(self, scenario: Scenario) -> bool:
        """Tell if a violation shows without what earlier plays have left."""
        shown = self._violations(scenario)
        self._stage.reset()
        return self._shows(scenario, shown)

    def _small_from_nothing(
        self, scenario: Scenario, violation_of: ViolationOf
    ) -> Scenario | None:
        """The scenario made small by plays that each begin from nothing, if it shows there.

        An environment that an earlier play broke may stay broken, and then everything fails.
        """
        kept, self._kept, self._from_nothing = self._kept, {}, True
        if violation_of(scenario):
            return self._made_small(scenario, violation_of)
        self._kept, self._from_nothing = kept, False
        return None

    def remarks(self) -> list[str]:
        """See ``Plays``. There is nothing to remark."""
        return []

    def unsayable(self) -> str:
        """See ``Plays``."""
        found = unsayable_steps(self._stage).most_common(1)
        return found[0][0] if found else ""

    def steps_left_out(self) -> list[str]:
        """See ``Plays``. None is left out."""
        return []


def _unrepeated(requirement: Requirement) -> StageError:
    return StageError(
        "the implementation", f"it violated {requirement.id} in a scenario, and did not when the "
        "same scenario was played again",
        "find out what it does differently each time (a process that ends by itself, a clock, "
        "chance); `cqrs-conformance run` with --requirement tries this one alone")
