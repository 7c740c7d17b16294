"""The strategy by which a kind of stage is examined, and the plays of one examination.

A campaign examines requirements; how scenarios are played, how a violation is explained and how
a counterexample is made depends on the stage: one that the harness controls plays one scenario
after another and can repeat each exactly, a deployed one plays many side by side and repeats none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from harness.core.history import History
from harness.core.ledger import Ledger
from harness.core.requirements import Requirement
from harness.core.scenario import Scenario
from harness.core.verdict import Counterexample
from harness.core.violation import Violation
from harness.explore.drawing_plan import DrawingPlan
from harness.explore.violation_families import related

HistoryOf = Callable[[Scenario], History]
ViolationOf = Callable[[Scenario], Violation | None]
"""The violation of the requirement under examination that a scenario shows, if any."""


@dataclass(frozen=True, slots=True)
class Played:
    """A scenario with its history, judged; ``known``: divergences of the stage that showed."""

    scenario: Scenario
    history: History
    ledger: Ledger
    violations: list[Violation]
    known: tuple[str, ...] = ()


class Plays(Protocol):
    """The plays of one requirement's examination."""

    @property
    def attributions(self) -> int:
        """Examples of one kind of another requirement's violation that are looked into."""

    @property
    def drawings(self) -> int:
        """How often scenarios are drawn for a requirement while clients could say too few."""

    @property
    def commands(self) -> int:
        """The number of commands sent so far."""

    def first_violating(
        self, swept: Iterator[Scenario], drawing: DrawingPlan, violates: Callable[[Scenario], bool]
    ) -> Scenario | None:
        """The first scenario, of those swept and drawn, that violates the requirement."""

    def played(self, scenario: Scenario, *, keep: bool) -> Played:
        """A scenario with what it gave; with ``keep`` it is not played again."""

    def repeated(self, scenario: Scenario) -> list[Played]:
        """The plays of a scenario that is replayed."""

    def repeatable(self, scenario: Scenario) -> Scenario:
        """A scenario with violations; with the ids of its play, if it shows none with others."""

    def shows_from_nothing(self, scenario: Scenario) -> bool:
        """Tell if a scenario shows a violation without what earlier plays have left."""

    def begin_from_nothing(self) -> bool:
        """Let each later play begin with empty stores; False if that changes nothing."""

    def requirements(self, scenario: Scenario, violation: Violation) -> tuple[str, ...]:
        """The requirements that a violation violates, by the causes it needs."""

    def smallest(self, scenario: Scenario, violation_of: ViolationOf) -> Counterexample:
        """The counterexample made from a failing scenario.

        Raises:
            StageError: the violation does not show again.
        """

    def remarks(self) -> list[str]:
        """Sentences about the plays for the verdict."""

    def unsayable(self) -> str:
        """The most frequent reason why steps could not be taken at all; empty if all could."""

    def steps_left_out(self) -> list[str]:
        """Kinds of steps that could not be played, where no other sign of a violation showed."""


class StageStrategy(Protocol):
    """How one kind of stage is examined."""

    def see_that_it_answers(self) -> None:
        """See that the stage answers, if there is reason to doubt it.

        Raises:
            StageError: it does not.
        """

    def warm_up(self) -> None:
        """Get the stage going, before anything is timed or judged.

        Raises:
            StageError: a known divergence of the stage no longer occurs.
        """

    def known_divergences(self) -> list[dict[str, str]]:
        """The known divergences of the stage from AWS, for the report."""

    def playable_part(self, scenario: Scenario) -> Scenario | None:
        """The part of a scenario that this stage can play, if there is one."""

    def swept(self, requirement_id: str, history_of: HistoryOf) -> Iterator[Scenario]:
        """The scenarios of a requirement's exhaustive exploration, up to the profile's bound."""

    def plays(self, requirement: Requirement) -> Plays:
        """New plays, for an examination of a requirement."""


def same_violations(violations: list[Violation], violation: Violation) -> list[Violation]:
    """Those of some violations that are the one in question, as it shows in another play."""
    return [v for v in violations
            if related(v.kind, violation.kind) and v.flaw == violation.flaw]
