"""A run: examining one requirement after another on one stage, and adding up the verdicts.

Each requirement's own generator makes its trigger likely; every history is judged by every
check, and a violation is reported under the requirement it violates, whichever generator met
it. Hypothesis draws scenarios; what fails is made small as data (decision 0003).
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from hypothesis import strategies as st

from harness.core import scenario as scenarios
from harness.core.contract import Contract, Exploration
from harness.core.errors import StageError
from harness.core.history import History, Invoked, Sent, SentBatch
from harness.core.ledger import Ledger
from harness.core.requirements import Requirement
from harness.core.scenario import Scenario
from harness.core.stage import Stage
from harness.core.verdict import Counterexample, Outcome, Replayed, Verdict
from harness.core.violation import Cause, Kind, Violation
from harness.explore.attribution import WITHOUT_EFFECT, Needed, necessary_causes, related
from harness.explore.drawing import drawn, each_drawn
from harness.explore.profiles import Profile
from harness.explore.shrink import shrink
from harness.oracle.checks import judge
from harness.play.runner import play

KEPT = 1000
"""Histories that are kept per requirement, so as not to play their scenarios again."""
ATTRIBUTIONS = 6
"""Examples of one kind of somebody else's violation that are looked into per requirement."""


class _Found(Exception):
    """Ends the exploration: a violation of the requirement under examination."""


@dataclass
class Campaign:
    """One run's settings and its stage."""

    contract: Contract
    stage: Stage
    profile: Profile
    seed: int
    _missing: dict[str, str] = field(default_factory=dict, init=False, repr=False)

    def examine(self, requirement_id: str) -> Verdict:
        """Play scenarios of the requirement's exploration and judge it by them."""
        started = time.perf_counter()
        requirement = self.contract.requirement(requirement_id)
        reason = self.missing(requirement)
        if reason:
            return Verdict(requirement, Outcome.SKIPPED, reason)
        strategy, examples = self._scenarios(requirement)
        examination = self._examination(requirement)
        failing = examination.sweep(self._swept(examination, requirement))
        failing = failing or examination.explore(strategy, examples)
        counterexample = examination.smallest(failing) if failing else None
        return examination.verdict(counterexample, time.perf_counter() - started)

    def _examination(self, requirement: Requirement) -> Examination:
        return Examination(self, requirement)

    def _swept(
        self, examination: Examination, requirement: Requirement
    ) -> Iterator[Scenario]:
        """The scenarios of the requirement's exhaustive exploration, up to the profile's bound."""
        exploration = self.contract.explorations[requirement.id]
        if exploration.sweep is None or exploration.short_scenarios is None:
            return iter(())
        swept = exploration.sweep(exploration.short_scenarios(self.contract), examination.history)
        return islice(swept, self.profile.sweep)

    def few_drawn(self, requirement_id: str) -> Iterator[Scenario]:
        """The scenarios drawn for a requirement, a few at a time; none if it is not judged here.

        Hypothesis gives none before it has drawn all it was asked for, and the plainest first,
        every time.
        """
        requirement = self.contract.requirement(requirement_id)
        if not self.missing(requirement):
            yield from self._few_at_a_time(*self._scenarios(requirement), requirement_id)

    def few_swept(self, requirement_id: str, examination: Examination) -> Iterator[Scenario]:
        """The scenarios swept for a requirement, as far as one asks."""
        requirement = self.contract.requirement(requirement_id)
        if not self.missing(requirement):
            yield from self._swept(examination, requirement)

    def _few_at_a_time(
        self, strategy: st.SearchStrategy[Scenario], examples: int, requirement_id: str
    ) -> Iterator[Scenario]:
        yield from drawn(strategy, 1, self.seed)
        size, left = 1, examples - 1
        while left > 0:
            seed_value = self.seed ^ zlib.crc32(f"{requirement_id}/{left}".encode())
            yield from drawn(strategy, 1 + min(size, left), seed_value)[1:]
            size, left = 2 * size, left - size

    def _scenarios(self, requirement: Requirement) -> tuple[st.SearchStrategy[Scenario], int]:
        exploration = self.contract.explorations[requirement.id]
        if exploration.long:
            strategy = exploration.generator(self.contract, self.profile.long)
            return strategy, self.profile.long_examples
        examples = max(1, round(exploration.share * self.profile.examples))
        return exploration.generator(self.contract), examples

    def missing(self, requirement: Requirement) -> str:
        """What a requirement needs and does not get here; empty if it can be judged."""
        if requirement.id not in self._missing:
            self._missing[requirement.id] = self._found_missing(requirement)
        return self._missing[requirement.id]

    def _found_missing(self, requirement: Requirement) -> str:
        needs = [need for need in requirement.needs if need not in self.stage.capabilities]
        if needs:
            return f"needs {', '.join(needs)}"
        exploration = self.contract.explorations.get(requirement.id)
        if exploration is None:
            return "needs faults and interleavings"
        if exploration.needs_roles and not any(
            f.statements is not None for f in self.stage.system.functions
        ):
            return "needs a role whose policies the template has"
        if exploration.needs_replies and self.stage.system.queued:
            return "needs a reply to the command: a queue takes it"
        if exploration.overlapping and exploration.overlapping.value in self.stage.system.in_line:
            return "needs invocations at once: a FIFO queue or a limit makes it one at a time"
        return self._without_batches(exploration)

    def _without_batches(self, exploration: Exploration) -> str:
        """Why a function gets no batches; empty if it does, or if it need not.

        A function that no queue feeds may still read records; then it has to read them right.
        """
        if exploration.single is None or exploration.role is None:
            return ""
        role = exploration.role.value
        size = dict(self.stage.system.batch_sizes).get(role)
        if size is not None:
            return "" if size > 1 else "needs batches: the queue feeds one record at a time"
        histories: list[History] = []

        def example(drawn: Scenario) -> None:
            histories.append(play(drawn, self.stage, self.contract))

        each_drawn(example, exploration.single(self.contract), 1, self.seed)
        understood = all(self._understood(history) for history in histories)
        return "" if understood else f"needs a queue before the {role} function"

    def _understood(self, history: History) -> bool:
        """Whether functions took what they were handed, and it had its effect."""
        violations = judge(self.contract, history)[1]
        telling = (Kind.VIEW_WRONG, Kind.EVENT_MISSING)
        return not any(run.error for run in history.of(Invoked)) and not any(
            related(violation.kind, kind) for violation in violations for kind in telling
        )

    def confirm(self, requirement_id: str, scenario: Scenario) -> Verdict:
        """Judge a requirement by one scenario that another one's generator met."""
        started = time.perf_counter()
        examination = self._examination(self.contract.requirement(requirement_id))
        violated = examination.violates(scenario)
        counterexample = examination.smallest(scenario) if violated else None
        return examination.verdict(counterexample, time.perf_counter() - started)

    def warm_up(self) -> None:
        """Get the stage going; where the harness controls it there is nothing to it."""

    def known_divergences(self) -> list[dict[str, str]]:
        """What the stage does otherwise than AWS, for the report."""
        return []

    def playable(self, scenario: Scenario) -> Scenario | None:
        """What is left of a scenario on this stage, if it can be played at all."""
        return scenario

    def replay(self, requirement_id: str, scenario: Scenario) -> Replayed:
        """Play one scenario for a requirement, without exploring and without shrinking."""
        return self._examination(self.contract.requirement(requirement_id)).replayed(scenario)


class Examination:
    """What is seen while one requirement is examined."""

    attributions = ATTRIBUTIONS

    def __init__(self, campaign: Campaign, requirement: Requirement) -> None:
        self._contract, self._stage = campaign.contract, campaign.stage
        self._seed = campaign.seed ^ zlib.crc32(requirement.id.encode())
        self._requirement = requirement
        self._judged: dict[str, tuple[History, Ledger, list[Violation]]] = {}
        self._looked_into: dict[Kind, int] = {}
        self._elsewhere: dict[str, Scenario] = {}
        self._triggers = self._examples = self._commands = 0
        self._measured: list[float] = []
        self._facts: dict[str, tuple[int, int]] = {}
        self._from_nothing = False
        self._stage.reset()

    def explore(
        self, strategy: st.SearchStrategy[Scenario], examples: int
    ) -> Scenario | None:
        """The first drawn scenario that violates the requirement."""
        failing: list[Scenario] = []

        def example(drawn: Scenario) -> None:
            if self._example(drawn):
                failing.append(drawn)
                raise _Found

        try:
            each_drawn(example, strategy, examples, self._seed)
        except _Found:
            return failing[0]
        return None

    def sweep(self, scenarios_: Iterator[Scenario]) -> Scenario | None:
        """The first of some scenarios that violates the requirement."""
        return next((scenario for scenario in scenarios_ if self._example(scenario)), None)

    def history(self, scenario: Scenario) -> History:
        """The history of a scenario; it is played once."""
        return self._judge(scenario, keep=True)[0]

    def _example(self, scenario: Scenario) -> bool:
        self._examples += 1
        history, ledger, violations = self._judge(scenario, keep=False)
        measure = self._contract.measures.get(self._requirement.id)
        self._measured += measure(history) if measure else []
        self._note_facts(history, ledger)
        own, foreign = self._sort(scenario, violations)
        if not foreign:
            self._triggers += self._contract.triggers[self._requirement.id](history, ledger)
        return own is not None

    def _note_facts(self, history: History, ledger: Ledger) -> None:
        report = self._contract.facts.get(self._requirement.id)
        for name, (held, of) in report(self._contract, history, ledger).items() if report else ():
            before = self._facts.get(name, (0, 0))
            self._facts[name] = before[0] + held, before[1] + of

    def _reported(self) -> str:
        facts = [f"{name}: {held} of {of}" for name, (held, of) in self._facts.items()]
        return ", ".join([text for text in (percentiles(self._measured), *facts) if text])

    def _sort(
        self, scenario: Scenario, violations: list[Violation], *, first: bool = False
    ) -> tuple[Violation | None, bool]:
        """The first violation of this requirement, and whether another one's view is wrong.

        ``first``: what is wrong besides need not be looked into.
        """
        own: Violation | None = None
        foreign = False
        seen: list[Violation] = []
        for violation in violations:
            if any(related(v.kind, violation.kind) and v.flaw == violation.flaw for v in seen):
                continue
            seen.append(violation)
            ids = self._attributed(scenario, violation)
            if self._requirement.id in ids:
                own = own or violation
                if first:
                    break
            foreign = foreign or related(violation.kind, Kind.VIEW_WRONG)
        return own, foreign

    def _attributed(self, scenario: Scenario, violation: Violation) -> tuple[str, ...]:
        """The requirements that a violation violates; they are noted if they are others."""
        looked = self._looked_into.get(violation.kind, 0)
        if looked >= self.attributions:
            return ()
        ids = self.requirements(scenario, violation)
        if self._requirement.id not in ids:
            self._looked_into[violation.kind] = looked + 1
        for requirement_id in ids:
            if requirement_id != self._requirement.id:
                self._elsewhere.setdefault(requirement_id, scenario)
        return ids

    def requirements(self, scenario: Scenario, violation: Violation) -> tuple[str, ...]:
        """The requirements that a violation violates, by the causes it needs."""
        return self._needed(scenario, violation).requirements(self._contract)

    def _needed(self, scenario: Scenario, violation: Violation) -> Needed:
        return necessary_causes(
            self._contract, scenario, violation, self.violations, self.history)

    def violates(self, scenario: Scenario) -> Violation | None:
        """The violation of this requirement that a scenario shows, if any."""
        self._looked_into.clear()
        return self._sort(scenario, self.violations(scenario), first=True)[0]

    def replayed(self, scenario: Scenario) -> Replayed:
        """What a scenario shows of this requirement and of others."""
        history, ledger, violations = self._judge(scenario, keep=True)
        own, _ = self._sort(scenario, violations)
        triggers = self._contract.triggers[self._requirement.id](history, ledger)
        elsewhere = tuple(sorted(self._elsewhere))
        return Replayed(history, own, triggers, elsewhere, times=int(own is not None))

    def smallest(self, scenario: Scenario) -> Counterexample:
        """The counterexample made from a failing scenario.

        What is left out must not turn a command into one that has to be refused: then it would
        be another fault, that of not refusing it, which shows the violation as well.

        Raises:
            StageError: the violation does not show again.
        """
        small = self._made_small(scenario)
        if not self._shows_from_nothing(small):
            small = self._small_from_nothing(scenario) or small
        history, _, _ = self._judge(small, keep=True)
        violation = self.violates(small)
        if violation is None:
            raise _unrepeated(self._requirement)
        return Counterexample(small, history, violation)

    def _made_small(self, scenario: Scenario) -> Scenario:
        known = self._without_effect(scenario)
        if known is None:
            raise _unrepeated(self._requirement)

        def still_fails(smaller: Scenario) -> bool:
            brought_in = self._without_effect(smaller)
            return brought_in is not None and brought_in <= known

        return shrink(self._contract, scenario, still_fails)

    def _shows_from_nothing(self, scenario: Scenario) -> bool:
        """Whether a violation shows without what earlier plays have left in the environments."""
        shown = self.violations(scenario)
        self._stage.reset()
        found = judge(self._contract, play(scenario, self._stage, self._contract))[1]
        return any(related(one.kind, other.kind) for one in shown for other in found)

    def _small_from_nothing(self, scenario: Scenario) -> Scenario | None:
        """The scenario made small by plays that each begin from nothing, if it shows there.

        What an earlier play broke in an environment may stay broken, and then everything fails.
        """
        judged, self._judged, self._from_nothing = self._judged, {}, True
        if self.violates(scenario):
            return self._made_small(scenario)
        self._judged, self._from_nothing = judged, False
        return None

    def _without_effect(self, scenario: Scenario) -> frozenset[Cause] | None:
        """The commands without an effect that the violation of this requirement needs, if any."""
        violation = self.violates(scenario)
        if violation is None:
            return None
        return self._needed(scenario, violation).causes & WITHOUT_EFFECT

    def violations(self, scenario: Scenario) -> list[Violation]:
        """Everything that is wrong in a scenario's history."""
        return self._judge(scenario, keep=True)[2]

    def _judge(
        self, scenario: Scenario, *, keep: bool
    ) -> tuple[History, Ledger, list[Violation]]:
        """Play and judge a scenario; what is kept is not played again."""
        text = scenarios.to_text(scenario)
        if text in self._judged:
            return self._judged[text]
        if self._from_nothing:
            self._stage.reset()
        history = play(scenario, self._stage, self._contract)
        self._commands += sum(isinstance(r, Sent) for r in history.records)
        self._commands += sum(len(r.bodies) for r in history.of(SentBatch))
        ledger, violations = judge(self._contract, history)
        if keep or violations:
            self._judged[text] = history, ledger, violations
        if len(self._judged) > KEPT:
            del self._judged[next(iter(self._judged))]
        return history, ledger, violations

    def verdict(self, counterexample: Counterexample | None, seconds: float) -> Verdict:
        """Add up what was seen."""
        outcome, reason = Outcome.PASSED, self._reported()
        if counterexample is not None:
            outcome, reason = Outcome.FAILED, counterexample.violation.kind.value
        elif self._triggers == 0:
            outcome, reason = Outcome.VACUOUS, self._why_vacuous()
        return Verdict(self._requirement, outcome, reason, self._triggers, self._examples,
                       self._commands, seconds, counterexample, self._elsewhere)

    def _why_vacuous(self) -> str:
        if self._elsewhere:
            masks = ", ".join(sorted(self._elsewhere))
            return f"never judged on its own: every example also violates {masks}"
        return "what it is about never happened"


def _unrepeated(requirement: Requirement) -> StageError:
    return StageError(
        "the implementation", f"it violated {requirement.id} in a scenario, and did not when the "
        "same scenario was played again",
        "find out what it does differently each time (a process that ends by itself, a clock, "
        "chance); `cqrs-conformance run` with --requirement tries this one alone")


def percentiles(seconds: list[float]) -> str:
    """Times as text, in milliseconds; empty if there are none."""
    if not seconds:
        return ""
    ranked = sorted(seconds)
    shown = {"p50": 0.50, "p95": 0.95, "p99": 0.99, "max": 1.0}
    texts = [f"{name} {1000 * ranked[min(len(ranked) - 1, int(part * len(ranked)))]:.1f} ms"
             for name, part in shown.items()]
    return f"convergence: {', '.join(texts)} ({len(ranked)} measured)"
