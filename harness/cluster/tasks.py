"""Tasks of a campaign over many seeds, and their results: data that travels between machines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.core import scenario_json
from harness.core.errors import UserMistake
from harness.core.verdict import Outcome, Verdict

MOST_SEEDS = 1_000_000


@dataclass(frozen=True, slots=True)
class SeedTask:
    """A requirement to examine under a seed.

    ``sweeps``: play the exhaustive exploration, too; it is the same for every seed.
    """

    requirement: str
    seed: int
    sweeps: bool


@dataclass(frozen=True, slots=True)
class SeedResult:
    """The findings of one task; see ``Verdict``.

    ``scenario``: the smallest one that violates the requirement, as JSON-ready data.
    ``other_violations``: by the id of another requirement, a scenario that violates it, as JSON.
    """

    requirement: str
    seed: int
    outcome: Outcome
    reason: str = ""
    triggers: int = 0
    examples: int = 0
    commands: int = 0
    seconds: float = 0.0
    scenario: Mapping[str, Any] | None = None
    other_violations: Mapping[str, str] = field(default_factory=dict)


def result_of(verdict: Verdict, seed: int) -> SeedResult:
    """Return a verdict as the result of a task."""
    found = verdict.counterexample
    return SeedResult(
        verdict.requirement.id, seed, verdict.outcome, verdict.reason, verdict.triggers,
        verdict.examples, verdict.commands, verdict.seconds,
        None if found is None else scenario_json.dump(found.scenario),
        {id: scenario_json.to_text(met) for id, met in verdict.other_requirements.items()})


def seeds_of(text: str) -> range:
    """Read ``FIRST:LAST``, both of which belong to the seeds, or a single seed.

    Raises:
        UserMistake: it is neither.
    """
    first, colon, last = text.partition(":")
    last = last if colon else first
    if not all(part.isascii() and part.isdecimal() for part in (first, last)):
        raise UserMistake(f"--seeds {text}", expected="FIRST:LAST, for instance 1:2000")
    found = range(int(first), int(last) + 1)
    if not 0 < len(found) <= MOST_SEEDS:
        raise UserMistake(f"--seeds {text}", f"these are {len(found)} seeds",
                          f"give 1 to {MOST_SEEDS}")
    return found
