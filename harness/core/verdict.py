"""Verdicts: the outcome of a requirement, with its counterexample."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from harness.core.history import History
from harness.core.requirements import Requirement
from harness.core.scenario import Scenario
from harness.core.violation import Violation


class Outcome(StrEnum):
    """The verdict on one requirement."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    ERRORED = "errored"
    VACUOUS = "vacuous"


@dataclass(frozen=True, slots=True)
class Counterexample:
    """The smallest scenario found, what it gave, and what is wrong in it.

    ``reproduced``: (stage, k, n) for each stage where it was played again and showed it k times.
    """

    scenario: Scenario
    history: History
    violation: Violation
    reproduced: tuple[tuple[str, int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is known about one requirement after its examples.

    ``triggers``: how often what it is about happened; ``elsewhere``: other requirements that
    were seen violated, each with a scenario.
    """

    requirement: Requirement
    outcome: Outcome
    reason: str = ""
    triggers: int = 0
    examples: int = 0
    commands: int = 0
    seconds: float = 0.0
    counterexample: Counterexample | None = None
    elsewhere: dict[str, Scenario] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Replayed:
    """One scenario, played for one requirement: ``elsewhere`` are others that it violates.

    It was played ``tries`` times, and showed a violation ``times`` times.
    """

    history: History
    violation: Violation | None
    triggers: int
    elsewhere: tuple[str, ...]
    times: int
    tries: int = 1
