"""The examination of one requirement: scenarios are played, sorted by violation and added up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from harness.core.contract import Contract
from harness.core.history import History
from harness.core.requirements import Requirement
from harness.core.scenario import Scenario
from harness.core.verdict import Counterexample, Outcome, Replayed, Verdict
from harness.core.violation import Kind, Violation
from harness.explore.drawing_plan import DrawingPlan
from harness.explore.strategy import Played, Plays, same_violations
from harness.explore.violation_families import related


def unwatched(phase: str) -> None:
    """Leave the phases of an examination untold."""


ENOUGH = 5
"""Times that a requirement was exercised, below which more scenarios are drawn."""


@dataclass
class Examination:
    """The evidence about one requirement.

    ``_others``: other requirements that were seen violated, each with a scenario.
    ``_repeatable``: scenarios with violations, as they show them in every play.
    ``_masked``: triggers in histories where a violation of another one hides the view.
    ``_looked_into``: how often a violation of a kind turned out to be another requirement's.
    """

    contract: Contract
    requirement: Requirement
    plays: Plays
    watch: Callable[[str], None] = unwatched
    _looked_into: dict[Kind, int] = field(default_factory=dict)
    _others: dict[str, Scenario] = field(default_factory=dict)
    _repeatable: dict[Scenario, Scenario] = field(default_factory=dict)
    _triggers: int = 0
    _masked: int = 0
    _examples: int = 0
    _measured: list[float] = field(default_factory=list)
    _facts: dict[str, tuple[int, int]] = field(default_factory=dict)

    def first_violating(
        self, swept: Iterator[Scenario], drawing: DrawingPlan
    ) -> Scenario | None:
        """The first scenario, of those swept and drawn, that violates the requirement.

        Where clients could not say all steps, so that the requirement was hardly exercised, others
        are drawn: a system that makes its ids itself takes half of what is drawn at once.
        """
        found = self.plays.first_violating(swept, drawing, self._example)
        for number in range(1, self.plays.drawings):
            if found or self._triggers >= ENOUGH or not self.plays.unsayable():
                break
            found = self.plays.first_violating(iter(()), drawing.again(number), self._example)
        return found and self._repeatable.get(found, found)

    def history(self, scenario: Scenario) -> History:
        """The history of a scenario; it is played once."""
        return self.plays.played(scenario, keep=True).history

    def violations(self, scenario: Scenario) -> list[Violation]:
        """All violations in a scenario's history."""
        return self.plays.played(scenario, keep=True).violations

    def requirements(self, scenario: Scenario, violation: Violation) -> tuple[str, ...]:
        """The requirements that a violation violates, by the causes it needs."""
        return self.plays.requirements(scenario, violation)

    def repeatable(self, scenario: Scenario) -> Scenario:
        """A scenario with violations, so that another play shows them as well."""
        if scenario not in self._repeatable:
            self._repeatable[scenario] = self.plays.repeatable(scenario)
        return self._repeatable[scenario]

    def _example(self, scenario: Scenario) -> bool:
        """Judge an example and count it; whether it violates the requirement."""
        self._examples += 1
        self.watch(f"{self._examples} scenarios")
        played = self.plays.played(scenario, keep=False)
        measure = self.contract.measures.get(self.requirement.id)
        self._measured += measure(played.history) if measure else []
        self._note_facts(played)
        if played.violations:
            scenario = self.repeatable(scenario)
        own, view_of_another = self._sort(scenario, played.violations)
        found = self._triggers_in(played)
        if view_of_another:
            self._masked += found
        else:
            self._triggers += found
        return own is not None

    def _triggers_in(self, played: Played) -> int:
        return self.contract.triggers[self.requirement.id](played.history, played.ledger)

    def _note_facts(self, played: Played) -> None:
        report = self.contract.facts.get(self.requirement.id)
        found = report(self.contract, played.history, played.ledger) if report else {}
        for name, (held, of) in found.items():
            before = self._facts.get(name, (0, 0))
            self._facts[name] = before[0] + held, before[1] + of

    def _sort(
        self, scenario: Scenario, violations: list[Violation], *, first: bool = False
    ) -> tuple[Violation | None, bool]:
        """The first violation of this requirement, and whether another one's view is wrong.

        ``first``: violations after that one need not be looked into.
        """
        own: Violation | None = None
        view_of_another = False
        seen: list[Violation] = []
        for violation in violations:
            if same_violations(seen, violation):
                continue
            seen.append(violation)
            ids = self._attributed(scenario, violation)
            if ids is None:
                break
            if self.requirement.id in ids:
                own = own or violation
                if first:
                    break
            view_of_another = view_of_another or related(violation.kind, Kind.VIEW_WRONG)
        return own, view_of_another

    def _attributed(self, scenario: Scenario, violation: Violation) -> tuple[str, ...] | None:
        """The requirements that a violation violates; they are noted if they are others.

        None if another one's violation needs what earlier plays have left: it could not be
        confirmed, and would hide a scenario that shows it alone.
        """
        looked = self._looked_into.get(violation.kind, 0)
        if looked >= self.plays.attributions:
            return ()
        ids = self.requirements(scenario, violation)
        if self.requirement.id not in ids:
            if not self._others.keys() >= set(ids) and not self.plays.shows_from_nothing(scenario):
                self.plays.begin_from_nothing()
                return None
            self._looked_into[violation.kind] = looked + 1
        for requirement_id in ids:
            if requirement_id != self.requirement.id:
                self._others.setdefault(requirement_id, scenario)
        return ids

    def violation_of(self, scenario: Scenario) -> Violation | None:
        """The violation of this requirement that a scenario shows, if any."""
        self._looked_into.clear()
        return self._sort(scenario, self.violations(scenario), first=True)[0]

    def begin_from_nothing(self) -> bool:
        """Let no later play meet what an earlier one has left; False if that changes nothing."""
        self._repeatable.clear()
        return self.plays.begin_from_nothing()

    def smallest(self, scenario: Scenario) -> Counterexample:
        """The counterexample made from a failing scenario.

        Raises:
            StageError: the violation does not show again.
        """
        self.watch("violated, making it small")
        return self.plays.smallest(scenario, self.violation_of)

    def replayed(self, scenario: Scenario) -> Replayed:
        """The violations of this requirement and of others that a scenario shows."""
        plays = self.plays.repeated(scenario)
        played = self.plays.played(scenario, keep=True)
        own, _ = self._sort(scenario, played.violations)
        times = sum(bool(same_violations(each.violations, own)) for each in plays) if own else 0
        return Replayed(played.history, own, self._triggers_in(played),
                        tuple(sorted(self._others)), times, len(plays))

    def verdict(self, counterexample: Counterexample | None, seconds: float) -> Verdict:
        """Add up what was seen."""
        outcome, reason = self._outcome(counterexample)
        return Verdict(self.requirement, outcome, reason, self._triggers, self._examples,
                       self.plays.commands, seconds, counterexample, self._others,
                       tuple(self._measured))

    def _outcome(self, counterexample: Counterexample | None) -> tuple[Outcome, str]:
        if counterexample is not None:
            return Outcome.FAILED, counterexample.violation.kind.value
        if self._triggers:
            return Outcome.PASSED, _joined([*self._reported(), *self.plays.remarks()])
        unpromised = self._others.keys() & self.contract.not_promised
        if unpromised:
            return Outcome.SKIPPED, ("never judged on its own: every example also shows "
                                     f"{', '.join(sorted(unpromised))}, which is not promised")
        senseless = self.contract.explorations[self.requirement.id].senseless(self.contract)
        if senseless:
            return Outcome.NOT_APPLICABLE, senseless
        unsayable = self.plays.unsayable()
        if unsayable and not (self._others and self._masked):
            return Outcome.NOT_APPLICABLE, unsayable
        left_out = self.plays.steps_left_out()
        if left_out and not self._others:
            needed = ", ".join(left_out)
            return Outcome.SKIPPED, f"needs a stage that can play {needed}"
        return Outcome.VACUOUS, _joined([self._why_vacuous(), *self.plays.remarks()])

    def _reported(self) -> list[str]:
        facts = [f"{name}: {held} of {of}" for name, (held, of) in self._facts.items()]
        return [percentiles(self._measured), *facts]

    def _why_vacuous(self) -> str:
        if self._others:
            masks = ", ".join(sorted(self._others))
            return f"never judged on its own: every example also violates {masks}"
        return "what it is about never happened"


def _joined(texts: list[str]) -> str:
    return ", ".join(text for text in texts if text)


def percentiles(seconds: list[float]) -> str:
    """Times as text, in milliseconds; empty if there are none."""
    if not seconds:
        return ""
    ranked = sorted(seconds)
    shown = {"p50": 0.50, "p95": 0.95, "p99": 0.99, "max": 1.0}
    texts = [f"{name} {1000 * ranked[min(len(ranked) - 1, int(part * len(ranked)))]:.1f} ms"
             for name, part in shown.items()]
    return f"convergence: {', '.join(texts)} ({len(ranked)} measured)"
