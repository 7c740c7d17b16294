"""The results of many seeds as one: the same, whichever worker played what, and when.

Results come in any order and are taken in that of the seeds. A requirement has enough once it was
violated under some seeds, or once its first seed has shown that it is not judged here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from harness.cluster.tasks import SeedResult
from harness.core.verdict import NOT_JUDGED, Outcome

VIOLATIONS = 3
"""Seeds that violate a requirement before the others are left out: one is the smallest."""
TELLING = (Outcome.FAILED, Outcome.ERRORED, Outcome.PASSED)
"""Outcomes that one seed is enough for, the first before the next."""


@dataclass
class MergedResult:
    """The results of one requirement under some seeds."""

    requirement: str
    seeds: range
    triggers: int = 0
    examples: int = 0
    commands: int = 0
    seconds: float = 0.0
    played: int = 0
    other_violations: dict[str, str] = field(default_factory=dict)
    _first: dict[Outcome, SeedResult] = field(default_factory=dict)
    _violating: list[SeedResult] = field(default_factory=list)
    _early: dict[int, SeedResult] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Tell whether no further seed is wanted."""
        senseless = self.played and next(iter(self._first)) in NOT_JUDGED
        return bool(senseless) or (
            self.played == len(self.seeds) or len(self._violating) == VIOLATIONS)

    def take(self, result: SeedResult) -> None:
        """Take in the result of a seed; it counts once all seeds before it have come."""
        self._early[result.seed] = result
        while not self.complete and self.seeds[self.played] in self._early:
            self._add(self._early.pop(self.seeds[self.played]))

    def _add(self, result: SeedResult) -> None:
        self.played += 1
        self.triggers += result.triggers
        self.examples += result.examples
        self.commands += result.commands
        self.seconds += result.seconds
        self._first.setdefault(result.outcome, result)
        for id, text in result.other_violations.items():
            self.other_violations.setdefault(id, text)
        if result.scenario is not None:
            self._violating.append(result)

    def decisive(self) -> SeedResult | None:
        """Return the result that decides: the smallest violation, or the first of its outcome."""
        if self._violating:
            return min(self._violating, key=_size)
        told = next((o for o in TELLING if o in self._first), None)
        return self._first[told] if told else next(iter(self._first.values()), None)


def _size(result: SeedResult) -> tuple[int, int, int]:
    scenario = result.scenario or {}
    return len(scenario.get("steps", ())), len(json.dumps(scenario)), result.seed
