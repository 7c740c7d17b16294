"""A hunt: the requirements' scenarios in turn, until anything is found.

A run examines one requirement after another, for a verdict on each. A hunt asks only whether
anything is wrong, and how soon that shows: so the requirements' scenarios are played side by side,
those that take least first. Every history is judged by every check, whoever's scenario it was.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any

from harness.core import scenario as scenarios
from harness.core.contract import Exploration
from harness.core.errors import UndecidedError
from harness.core.scenario import Scenario
from harness.core.verdict import Counterexample
from harness.core.violation import Kind, Violation
from harness.explore.campaign import ATTRIBUTIONS, Campaign, Examination
from harness.explore.sweep import as_they_are
from harness.mutants.order import TURN, Part, cost, fairly

Generator = Callable[..., Any]
LISTED = 12.0
SWEPT = 24.0
"""The weight of a list: it ends, and most of it has been somebody's bug. That of a sweep when each
source has had a turn or two: it goes on for long, and nothing else meets what only it tries."""
LATE = 15.0
"""When that of scenarios begins that are drawn to be long, or disturbed as a sweep does it."""


@dataclass(frozen=True, slots=True)
class Kill:
    """The first violation that counts. Times are in seconds since the hunt began.

    ``met``: it was seen; ``named``: it was known what it violates; ``cpu``: the process's own
    time until it was met.
    """

    scenario: Scenario
    kind: Kind
    requirements: tuple[str, ...]
    examples: int
    met: float
    named: float
    cpu: float


class Hunt:
    """Looks for a violation of any of the ``counted`` requirements.

    ``examples``: the scenarios played so far; ``undecided``: those among them that were too
    much for the oracle; ``out_of_time``: there were more of them than time.
    """

    def __init__(self, campaign: Campaign, counted: frozenset[str]) -> None:
        self._campaign, self._counted = campaign, counted
        self._scout = Examination(campaign, campaign.contract.requirements[0])
        self._looked_into: Counter[Kind] = Counter()
        self.examples = self.undecided = 0
        self.out_of_time = False

    def kills(self, seconds: float) -> Iterator[Kill]:
        """The kills within so many seconds and the profile's examples, the first one first."""
        began, cpu = time.perf_counter(), time.process_time()
        for scenario in self._scenarios():
            if time.perf_counter() - began > seconds:
                self.out_of_time = True
                return
            self.examples += 1
            violations = self._violations(scenario)
            met, worked = time.perf_counter() - began, time.process_time() - cpu
            for violation in violations:
                ids = self._requirements(scenario, violation)
                if ids:
                    named = time.perf_counter() - began
                    yield Kill(scenario, violation.kind, ids, self.examples, met, named, worked)
                    break

    def smallest(self, kill: Kill, requirement_id: str) -> Counterexample | None:
        """The counterexample made from a kill; None if it does not show again."""
        return self._campaign.confirm(requirement_id, kill.scenario).counterexample

    def _violations(self, scenario: Scenario) -> list[Violation]:
        try:
            return self._scout.violations(scenario)
        except UndecidedError:
            self.undecided += 1
            return []

    def _requirements(self, scenario: Scenario, violation: Violation) -> tuple[str, ...]:
        """What a violation violates, if that counts; the same kind is not asked for ever."""
        if self._looked_into[violation.kind] >= ATTRIBUTIONS:
            return ()
        self._looked_into[violation.kind] += 1
        ids = self._scout.requirements(scenario, violation)
        return tuple(id for id in ids if id in self._counted)

    def _scenarios(self) -> Iterator[Scenario]:
        """Each scenario once; several requirements are explored by the same ones."""
        played: set[str] = set()
        for scenario in self._in_order():
            text = scenarios.to_text(scenario)
            if text not in played:
                played.add(text)
                yield scenario

    def _in_order(self) -> Iterator[Scenario]:
        """What generators draw, sweeps, and long histories, each as much as the others by cost.

        Requirements that share a generator share its part, since each history is judged for all.
        """
        campaign, explorations = self._campaign, self._campaign.contract.explorations
        drawn = _grouped((e.generator, id) for id, e in explorations.items())
        parts = [Part(chain.from_iterable(map(campaign.few_drawn, ids)),
                      opening=LATE if any(map(self._comes_late, ids)) else 0.0)
                 for ids in drawn.values()]
        parts += [Part(campaign.few_swept(id, self._scout), LISTED, self._asking(exploration),
                       LISTED if exploration.sweep is as_they_are else SWEPT)
                  for id, exploration in explorations.items() if exploration.sweep]
        return fairly(parts, partial(cost, campaign.contract))

    def _asking(self, exploration: Exploration) -> float:
        """What it takes until a sweep has given anything, if it has to look at a play first."""
        if exploration.sweep is as_they_are or exploration.short_scenarios is None:
            return 0.0
        contract = self._campaign.contract
        base = next(iter(exploration.short_scenarios(contract)))
        return (TURN + 2 * cost(contract, base)) / LISTED

    def _comes_late(self, requirement_id: str) -> bool:
        exploration = self._campaign.contract.explorations[requirement_id]
        return exploration.long or exploration.sweep not in (None, as_they_are)


def _grouped(rows: Iterable[tuple[Generator, str]]) -> dict[Generator, list[str]]:
    groups: dict[Generator, list[str]] = {}
    for generator, id in rows:
        groups.setdefault(generator, []).append(id)
    return groups
