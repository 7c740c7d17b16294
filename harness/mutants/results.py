"""What came of hunting one specimen, as data that goes from process to process."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import ceil
from statistics import median
from typing import Any

from harness.core.scenario import Scenario, Send, SendBatch, flat
from harness.mutants.catalogue import Specimen

OUT_OF_TIME = "out of time"
ALL_PLAYED = "everything was played"
"""The two reasons of surviving."""


class Fate(StrEnum):
    """How a hunt ended."""

    KILLED = "killed"
    SURVIVED = "survived"
    ERRORED = "errored"


@dataclass(frozen=True, slots=True)
class Trial:
    """One hunt. ``reason``: what was found wrong, why nothing was, or why there is no result.

    ``seconds``: from the start until the violation was met, ``named``: until it was known which
    requirement it violates; ``cpu``: the process's own seconds until it was met. ``examples``
    are the scenarios played until then. ``small`` is the shrunk scenario.
    """

    fate: Fate
    reason: str = ""
    requirements: tuple[str, ...] = ()
    examples: int = 0
    seconds: float = 0.0
    named: float = 0.0
    cpu: float = 0.0
    small: Scenario | None = None

    @property
    def commands(self) -> int | None:
        """How many commands the counterexample has."""
        if self.small is None:
            return None
        steps = list(flat(self.small))
        batched = sum(len(step.bodies) for step in steps if isinstance(step, SendBatch))
        return batched + sum(isinstance(step, Send) for step in steps)


@dataclass(frozen=True, slots=True)
class Hunted:
    """A specimen and its hunts; ``baseline`` is None where the baseline had no turn."""

    specimen: Specimen
    trial: Trial
    baseline: Trial | None = None

    @property
    def killer(self) -> str:
        """The requirement that it was found by: one that it must fail if there is a choice."""
        known = self.specimen.fails | self.specimen.may_fail
        found = self.trial.requirements
        return next((id for id in found if id in known), found[0] if found else "")

    @property
    def expected(self) -> bool:
        """Whether it was found by what it is known to violate."""
        return self.killer in self.specimen.fails | self.specimen.may_fail


@dataclass(frozen=True, slots=True)
class Power:
    """All hunts of a run."""

    hunted: tuple[Hunted, ...]

    @property
    def miniatures(self) -> list[Hunted]:
        """The broken ones."""
        return [h for h in self.hunted if not h.specimen.conforms]

    @property
    def conforming(self) -> list[Hunted]:
        """The others."""
        return [h for h in self.hunted if h.specimen.conforms]

    @property
    def false_alarms(self) -> list[Hunted]:
        """Conforming ones in which something was found."""
        return [h for h in self.conforming if h.trial.fate is Fate.KILLED]

    @property
    def trials(self) -> list[Trial]:
        """The harness's hunts of the broken ones."""
        return [h.trial for h in self.miniatures]

    @property
    def baselines(self) -> list[Trial]:
        """The baseline's hunts."""
        return [h.baseline for h in self.hunted if h.baseline is not None]

    @property
    def errored(self) -> bool:
        """Whether any hunt has no result."""
        all_of_them = [*(h.trial for h in self.hunted), *self.baselines]
        return any(trial.fate is Fate.ERRORED for trial in all_of_them)


def of_fate(trials: Iterable[Trial], fate: Fate) -> list[Trial]:
    """The hunts that ended so."""
    return [trial for trial in trials if trial.fate is fate]


def figures(trials: Sequence[Trial]) -> dict[str, Any]:
    """What is said of hunts as a whole; None where there is nothing to say it of."""
    killed = of_fate(trials, Fate.KILLED)
    seconds = sorted(trial.seconds for trial in killed)
    commands = [trial.commands for trial in killed if trial.commands is not None]
    return {
        "hunted": len(trials),
        **{fate.value: len(of_fate(trials, fate)) for fate in Fate},
        "rate": round(len(killed) / len(trials), 4) if trials else None,
        "median_seconds": _rounded(median(seconds)) if seconds else None,
        "p95_seconds": _rounded(seconds[ceil(0.95 * len(seconds)) - 1]) if seconds else None,
        "median_cpu_seconds": _rounded(median(t.cpu for t in killed)) if killed else None,
        "median_named_seconds": _rounded(median(t.named for t in killed)) if killed else None,
        "median_commands": median(commands) if commands else None,
    }


def _rounded(seconds: float) -> float:
    return round(seconds, 3)
