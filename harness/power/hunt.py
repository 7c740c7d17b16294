"""A hunt: the requirements' scenarios in turn, until anything is found.

A run examines one requirement after another, for a verdict on each. A hunt asks only whether
anything is wrong, and how soon that shows: so one scenario of every requirement is played, then
a second one of each. Every history is judged by every check, whoever's scenario it was.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from harness import scenario as scenarios
from harness.campaign import ATTRIBUTIONS, Campaign, Counterexample, Examination
from harness.checks.concurrency import UndecidedError
from harness.scenario import Scenario
from harness.sweep import in_turn
from harness.violation import Kind, Violation

Generator = Callable[..., Any]
SWEPT = 4
"""Turns of a sweep in each round; one turn took bugs that need a fault four times as long."""


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

    def run(self, seconds: float) -> Kill | None:
        """The first kill within so many seconds and the profile's examples."""
        began, cpu = time.perf_counter(), time.process_time()
        for scenario in self._scenarios():
            if time.perf_counter() - began > seconds:
                self.out_of_time = True
                return None
            self.examples += 1
            violations = self._violations(scenario)
            met, worked = time.perf_counter() - began, time.process_time() - cpu
            for violation in violations:
                ids = self._requirements(scenario, violation)
                if ids:
                    named = time.perf_counter() - began
                    return Kill(scenario, violation.kind, ids, self.examples, met, named, worked)
        return None

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
        """First the plainest scenario of each generator, which takes least and finds most.

        Then one of each in turn: sweeps, what generators draw, and long histories. Requirements
        that share a generator take one turn together, since each history is judged for all. Sweeps
        are few, short to play, and one step of many finds a thing: they take several turns in each
        round, and come first in it.
        """
        campaign, explorations = self._campaign, self._campaign.contract.explorations
        drawn = _grouped((e.long, e.generator, id) for id, e in explorations.items())
        swept = [campaign.few_swept(id, self._scout) for id, e in explorations.items() if e.sweep]
        short, long = ([chain.from_iterable(map(campaign.few_drawn, ids))
                        for (is_long, _), ids in drawn.items() if is_long == wanted]
                       for wanted in (False, True))
        yield from (found for source in short if (found := next(source, None)) is not None)
        yield from in_turn([*swept * SWEPT, *short, *long])


def _grouped(
    rows: Iterable[tuple[bool, Generator, str]]
) -> dict[tuple[bool, Generator], list[str]]:
    groups: dict[tuple[bool, Generator], list[str]] = {}
    for long, generator, id in rows:
        groups.setdefault((long, generator), []).append(id)
    return groups
