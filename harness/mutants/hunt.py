"""A hunt: the scenarios of all requirements in turn, until one kills the mutant.

A run examines one requirement after another, for a verdict on each. A hunt measures only how soon
any violation is found. Therefore it plays the scenarios of all requirements in turn, the cheapest
first, and judges every history by every check.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any

from harness.core import scenario_json
from harness.core.contract import Exploration
from harness.core.errors import UndecidedError
from harness.core.scenario import Scenario
from harness.core.verdict import Counterexample
from harness.core.violation import Kind, Violation
from harness.explore.campaign import Campaign
from harness.explore.controlled_strategy import ATTRIBUTIONS
from harness.explore.sweep import as_they_are
from harness.mutants.scheduling import TURN, Source, by_fair_share, cost

Generator = Callable[..., Any]
LISTED = 12.0
SWEPT = 24.0
"""The weight of a list, which ends and consists of inputs that have been bugs; and the weight of a
sweep after its first turns, since it goes on for long and finds bugs that no other source finds."""
LATE = 15.0
"""The cost after which scenarios begin that are drawn to be long, or that resemble a sweep's."""


@dataclass(frozen=True, slots=True)
class Kill:
    """A violation that counts.

    ``seconds``: from the start of the hunt until the violation was seen, ``named_seconds``: until
    its requirement was known; ``cpu_seconds``: CPU time of the process until it was seen.
    """

    scenario: Scenario
    kind: Kind
    requirements: tuple[str, ...]
    examples: int
    seconds: float
    named_seconds: float
    cpu_seconds: float


class Hunt:
    """Looks for a violation of any of the ``counted`` requirements.

    ``examples``: the scenarios played so far; ``undecided``: the number of them that exceeded the
    oracle's budget; ``out_of_time``: the time ended before the scenarios did.
    """

    def __init__(self, campaign: Campaign, counted: frozenset[str]) -> None:
        self._campaign, self._counted = campaign, counted
        self._examination = campaign.examination(campaign.contract.requirements[0])
        self._attributed: Counter[Kind] = Counter()
        self.examples = self.undecided = 0
        self.out_of_time = False

    def kills(self, seconds: float) -> Iterator[Kill]:
        """The kills within some seconds and the profile's examples, the earliest first."""
        began, cpu = time.perf_counter(), time.process_time()
        for scenario in self._scenarios():
            if time.perf_counter() - began > seconds:
                self.out_of_time = True
                return
            self.examples += 1
            violations = self._violations(scenario)
            met, worked = time.perf_counter() - began, time.process_time() - cpu
            if violations:
                scenario = self._examination.repeatable(scenario)
            for violation in violations:
                ids = self._requirements(scenario, violation)
                if ids:
                    named = time.perf_counter() - began
                    yield Kill(scenario, violation.kind, ids, self.examples, met, named, worked)
                    break

    def smallest(self, kill: Kill, requirement_id: str) -> Counterexample | None:
        """The shrunk counterexample of a kill; None if the violation does not appear again."""
        found = self._campaign.confirm(requirement_id, kill.scenario).counterexample
        if found is None and self._examination.begin_from_nothing():
            self._attributed.clear()
        return found

    def _violations(self, scenario: Scenario) -> list[Violation]:
        try:
            return self._examination.violations(scenario)
        except UndecidedError:
            self.undecided += 1
            return []

    def _requirements(self, scenario: Scenario, violation: Violation) -> tuple[str, ...]:
        """The counted requirements that are violated; each kind is attributed a few times only."""
        if self._attributed[violation.kind] >= ATTRIBUTIONS:
            return ()
        self._attributed[violation.kind] += 1
        ids = self._examination.requirements(scenario, violation)
        return tuple(id for id in ids if id in self._counted)

    def _scenarios(self) -> Iterator[Scenario]:
        """Each scenario once, although several requirements are explored by the same ones."""
        played: set[str] = set()
        for scenario in self._in_order():
            text = scenario_json.to_text(scenario)
            if text not in played:
                played.add(text)
                yield scenario

    def _in_order(self) -> Iterator[Scenario]:
        """Drawn and swept scenarios of all requirements, each source by its share of the cost.

        Requirements with the same generator share one source, since each history is judged for
        all of them.
        """
        campaign, explorations = self._campaign, self._campaign.contract.explorations
        drawn = _grouped((e.generator, id) for id, e in explorations.items())
        sources = [Source(chain.from_iterable(map(campaign.few_drawn, ids)),
                          first_due=LATE if any(map(self._comes_late, ids)) else 0.0)
                   for ids in drawn.values()]
        sources += [Source(campaign.few_swept(id, self._examination), LISTED,
                           self._first_due(exploration),
                           LISTED if exploration.sweep is as_they_are else SWEPT)
                    for id, exploration in explorations.items() if exploration.sweep]
        return by_fair_share(sources, partial(cost, campaign.contract))

    def _first_due(self, exploration: Exploration) -> float:
        """The cost before a sweep's first scenario: it plays a short one to derive others."""
        if exploration.sweep is as_they_are or exploration.short_scenarios is None:
            return 0.0
        contract = self._campaign.contract
        base = next(iter(exploration.short_scenarios(contract)), None)
        if base is None:
            return 0.0
        return (TURN + 2 * cost(contract, base)) / LISTED

    def _comes_late(self, requirement_id: str) -> bool:
        exploration = self._campaign.contract.explorations[requirement_id]
        return exploration.long or exploration.sweep not in (None, as_they_are)


def _grouped(rows: Iterable[tuple[Generator, str]]) -> dict[Generator, list[str]]:
    groups: dict[Generator, list[str]] = {}
    for generator, id in rows:
        groups.setdefault(generator, []).append(id)
    return groups
