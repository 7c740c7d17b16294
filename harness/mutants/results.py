"""The results of hunts and the mutation score, as data that goes from process to process."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import ceil
from statistics import median
from typing import Any

from harness.core.scenario import Scenario, Send, SendBatch, flat
from harness.mutants.catalogue import Implementation

OUT_OF_TIME = "out of time"
ALL_PLAYED = "everything was played"
"""The two reasons for which a mutant survives."""


class HuntOutcome(StrEnum):
    """How a hunt ended."""

    KILLED = "killed"
    SURVIVED = "survived"
    ERRORED = "errored"


@dataclass(frozen=True, slots=True)
class HuntResult:
    """The result of one hunt.

    ``reason``: the violation, the reason of surviving, or the error. ``seconds``: from the start
    until the violation was seen, ``named_seconds``: until its requirement was known;
    ``cpu_seconds``: CPU time of the process until it was seen. ``examples``: the scenarios played
    until then. ``smallest``: the shrunk scenario.
    """

    outcome: HuntOutcome
    reason: str = ""
    requirements: tuple[str, ...] = ()
    examples: int = 0
    seconds: float = 0.0
    named_seconds: float = 0.0
    cpu_seconds: float = 0.0
    smallest: Scenario | None = None

    @property
    def commands(self) -> int | None:
        """How many commands the counterexample has."""
        if self.smallest is None:
            return None
        steps = list(flat(self.smallest))
        batched = sum(len(step.bodies) for step in steps if isinstance(step, SendBatch))
        return batched + sum(isinstance(step, Send) for step in steps)


@dataclass(frozen=True, slots=True)
class HuntedImplementation:
    """An implementation and the results of its hunts; no ``baseline`` where it did not hunt."""

    implementation: Implementation
    result: HuntResult
    baseline: HuntResult | None = None

    @property
    def killer(self) -> str:
        """The requirement that killed it: if possible, one that it is known to violate."""
        known = self.implementation.fails | self.implementation.may_fail
        found = self.result.requirements
        return next((id for id in found if id in known), found[0] if found else "")

    @property
    def expected(self) -> bool:
        """True if a requirement killed it that it is known to violate."""
        return self.killer in self.implementation.fails | self.implementation.may_fail


@dataclass(frozen=True, slots=True)
class MutationResults:
    """All hunts of a run."""

    hunted: tuple[HuntedImplementation, ...]

    @property
    def mutants(self) -> list[HuntedImplementation]:
        """The mutants."""
        return [h for h in self.hunted if not h.implementation.conforms]

    @property
    def conforming(self) -> list[HuntedImplementation]:
        """The conforming implementations."""
        return [h for h in self.hunted if h.implementation.conforms]

    @property
    def false_alarms(self) -> list[HuntedImplementation]:
        """Conforming implementations in which a violation was found."""
        return [h for h in self.conforming if h.result.outcome is HuntOutcome.KILLED]

    @property
    def results(self) -> list[HuntResult]:
        """The results of the harness's hunts of mutants."""
        return [h.result for h in self.mutants]

    @property
    def baselines(self) -> list[HuntResult]:
        """The results of the baseline's hunts."""
        return [h.baseline for h in self.hunted if h.baseline is not None]

    @property
    def errored(self) -> bool:
        """True if a hunt ended without a result."""
        all_of_them = [*(h.result for h in self.hunted), *self.baselines]
        return any(result.outcome is HuntOutcome.ERRORED for result in all_of_them)


def with_outcome(results: Iterable[HuntResult], outcome: HuntOutcome) -> list[HuntResult]:
    """The results with an outcome."""
    return [result for result in results if result.outcome is outcome]


def figures(results: Sequence[HuntResult]) -> dict[str, Any]:
    """Counts, the mutation score (``rate``) and times; None where there are no kills."""
    killed = with_outcome(results, HuntOutcome.KILLED)
    seconds = sorted(result.seconds for result in killed)
    commands = [result.commands for result in killed if result.commands is not None]
    return {
        "hunted": len(results),
        **{outcome.value: len(with_outcome(results, outcome)) for outcome in HuntOutcome},
        "rate": round(len(killed) / len(results), 4) if results else None,
        "median_seconds": _rounded(median(seconds)) if seconds else None,
        "p95_seconds": _rounded(seconds[ceil(0.95 * len(seconds)) - 1]) if seconds else None,
        "median_cpu_seconds": _rounded(median(t.cpu_seconds for t in killed)) if killed else None,
        "median_named_seconds": (
            _rounded(median(t.named_seconds for t in killed)) if killed else None),
        "median_commands": median(commands) if commands else None,
    }


def _rounded(seconds: float) -> float:
    return round(seconds, 3)
