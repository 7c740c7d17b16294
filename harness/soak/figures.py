"""Figures of a soak: how many requests, how fast, and what was wrong.

Times are kept in buckets that are some 4 % wide, as HdrHistogram keeps them, so that a day takes
no more memory than a minute.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

WIDTH = 1.04
QUANTILES = (0.5, 0.9, 0.99, 0.999)
MOST_VIOLATIONS = 20
"""Violations that are kept with their history; all are counted."""


@dataclass(slots=True)
class Times:
    """Seconds, counted in buckets."""

    buckets: Counter[int] = field(default_factory=Counter)
    longest: float = 0.0

    def add(self, seconds: float) -> None:
        """Count one."""
        self.buckets[math.ceil(math.log(max(seconds, 1e-6), WIDTH))] += 1
        self.longest = max(self.longest, seconds)

    def merge(self, other: Times) -> None:
        """Add those of another."""
        self.buckets += other.buckets
        self.longest = max(self.longest, other.longest)

    def milliseconds(self) -> dict[str, float]:
        """Quantiles by name, and the longest."""
        if not self.buckets:
            return {}
        found = {f"p{100 * share:g}": self._quantile(share) for share in QUANTILES}
        return {name: round(1000 * seconds, 2)
                for name, seconds in (*found.items(), ("max", self.longest))}

    def _quantile(self, share: float) -> float:
        left = math.ceil(share * self.buckets.total())
        for bucket in sorted(self.buckets):
            left -= self.buckets[bucket]
            if left <= 0:
                return float(min(WIDTH**bucket, self.longest))
        return self.longest


@dataclass(frozen=True, slots=True)
class Wrong:
    """A violation: its kind, what was expected and observed, and the history of its life."""

    kind: str
    aggregate: str | None
    expected: Any
    observed: Any
    history: tuple[str, ...]


@dataclass(slots=True)
class Figures:
    """The figures of a soak, or of one worker's share of it.

    ``slices``: latency by the number of the slice of time in which a request was due. ``lives``:
    those that were judged. ``undecided``: those with too many possible courses. ``unsent``:
    requests that were due and never sent, because the system is too far behind.
    """

    commands: int = 0
    queries: int = 0
    unsent: int = 0
    lives: int = 0
    undecided: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    latency: Times = field(default_factory=Times)
    convergence: Times = field(default_factory=Times)
    slices: dict[int, Times] = field(default_factory=dict)
    kinds: Counter[str] = field(default_factory=Counter)
    wrong: list[Wrong] = field(default_factory=list)
    broken: str = ""

    @property
    def requests(self) -> int:
        """Requests that were sent when they were due, or later."""
        return self.commands + self.queries

    def violated(self, wrong: Wrong) -> None:
        """Count a violation; of the first ones, keep the history, the shortest of each kind."""
        self.kinds[wrong.kind] += 1
        same = [each for each in self.wrong if each.kind == wrong.kind]
        if not same and len(self.wrong) < MOST_VIOLATIONS:
            self.wrong.append(wrong)
        elif same and len(wrong.history) < len(same[0].history):
            self.wrong[self.wrong.index(same[0])] = wrong

    def merge(self, other: Figures) -> None:
        """Add those of another worker."""
        self.commands += other.commands
        self.queries += other.queries
        self.unsent += other.unsent
        self.lives += other.lives
        self.undecided += other.undecided
        self.statuses += other.statuses
        self.latency.merge(other.latency)
        self.convergence.merge(other.convergence)
        for number, times in other.slices.items():
            self.slices.setdefault(number, Times()).merge(times)
        for wrong in other.wrong:
            self.violated(wrong)
        self.kinds += other.kinds
        for wrong in other.wrong:  # those were counted with the kinds of the other
            self.kinds[wrong.kind] -= 1
        self.broken = self.broken or other.broken


def merged(shares: Iterable[Figures]) -> Figures:
    """The figures of all workers together."""
    found = Figures()
    for share in shares:
        found.merge(share)
    return found


def document(figures: Figures, asked: Mapping[str, Any], slice_seconds: float) -> dict[str, Any]:
    """The report, as JSON has it; ``asked``: what the options say."""
    seconds = float(asked["minutes"]) * 60
    return {
        **asked, "requests": figures.requests, "commands": figures.commands,
        "queries": figures.queries, "unsent": figures.unsent,
        "achieved_rate": round(figures.requests / seconds, 2),
        "statuses": dict(sorted(figures.statuses.items())),
        "latency_ms": figures.latency.milliseconds(),
        "convergence_ms": figures.convergence.milliseconds(),
        "over_time": [
            {"seconds": number * slice_seconds, "requests": times.buckets.total(),
             "latency_ms": times.milliseconds()}
            for number, times in sorted(figures.slices.items())],
        "lives": figures.lives, "undecided": figures.undecided,
        "violations": [
            {"kind": wrong.kind, "number": figures.kinds[wrong.kind],
             "aggregate": wrong.aggregate, "expected": wrong.expected,
             "observed": wrong.observed} for wrong in figures.wrong],
        **({"broken": figures.broken} if figures.broken else {}),
    }
