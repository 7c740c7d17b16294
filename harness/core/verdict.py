"""Verdicts: the outcome of a requirement, with its counterexample."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from harness.core.history import History
from harness.core.requirements import Requirement
from harness.core.scenario import Scenario
from harness.core.violation import Cause, Violation


class Outcome(StrEnum):
    """The verdict on one requirement."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    NOT_PROMISED = "not promised"
    NOT_APPLICABLE = "not applicable"
    ERRORED = "errored"
    VACUOUS = "vacuous"
    NOT_RUN = "not run"


NOT_JUDGED = (Outcome.SKIPPED, Outcome.NOT_PROMISED, Outcome.NOT_APPLICABLE, Outcome.NOT_RUN)
"""Outcomes of requirements that were not put to the test, for a reason that is no trouble."""


@dataclass(frozen=True, slots=True)
class NotJudged:
    """Why a requirement is not put to the test, and the outcome that says so."""

    reason: str
    outcome: Outcome = Outcome.SKIPPED


@dataclass(frozen=True, slots=True)
class Counterexample:
    """The smallest failing scenario found, its history and its violation.

    ``reproduced``: (stage, k, n) for each stage where it was played again and showed it k times.
    ``causes``: the causes that the violation needs, where the stage lets that be found out.
    """

    scenario: Scenario
    history: History
    violation: Violation
    reproduced: tuple[tuple[str, int, int], ...] = ()
    causes: frozenset[Cause] | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The findings about one requirement after its examples.

    ``triggers`` counts the situations that the requirement is about. ``other_requirements`` maps
    the id of each other requirement that was seen violated to a scenario that shows it.
    ``measured``: the seconds that a requirement about times has measured.
    """

    requirement: Requirement
    outcome: Outcome
    reason: str = ""
    triggers: int = 0
    examples: int = 0
    commands: int = 0
    seconds: float = 0.0
    counterexample: Counterexample | None = None
    other_requirements: dict[str, Scenario] = field(default_factory=dict)
    measured: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Replayed:
    """One scenario, played ``tries`` times for one requirement, violated ``times`` times.

    ``other_requirements`` are the ids of other requirements that it violates.
    """

    history: History
    violation: Violation | None
    triggers: int
    other_requirements: tuple[str, ...]
    times: int
    tries: int = 1
