"""The order in which a hunt plays scenarios from many sources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush

from harness.core.bodies import with_namespace
from harness.core.contract import Contract
from harness.core.scenario import ColdStart, Concurrently, Fault, Scenario, Send, SendBatch, Step

CHEAP = 2.5
"""A scenario of at most this cost is played at once, before the other sources' next ones."""
TURN = 10.0
FIRST_TURNS = 3.0
"""The cost of a turn itself, in good commands, so that long scenarios have turns as well; and the
share, by weight, that counts as a source's first turns."""
REPEATED_KEY = 0.7
EARLIER_EVENT = 0.2
FAULT = 1.0
DELIVERY_OR_QUERY = 0.15
OVERLAP = 1.5
REFUSED = 0.05
COLD_START = 7.0
"""The costs of a repeated key, of each earlier event that a good command reads, of a fault, of a
delivery or query, of simultaneous branches, of a refused command and of a cold start. They were
fitted to a thousand scenarios on the reference implementations (docs/speed.md)."""


@dataclass(frozen=True, slots=True)
class Source:
    """The scenarios of one source, and its weight.

    ``first_due``: the share that the other sources have before this one is asked for its first
    scenario, if asking is expensive; its scenarios are then played at once. ``later_weight``: its
    weight after ``FIRST_TURNS``.
    """

    scenarios: Iterator[Scenario]
    weight: float = 1.0
    first_due: float = 0.0
    later_weight: float | None = None

    def share(self, had: float, costs: float) -> float:
        """The share that a scenario of that cost uses, after the share used so far."""
        if self.later_weight is None or had < FIRST_TURNS:
            return costs / self.weight
        return costs / self.later_weight


def by_fair_share(
    sources: Sequence[Source], cost: Callable[[Scenario], float]
) -> Iterator[Scenario]:
    """The scenarios of several sources, so that each source uses the same cost, by weight.

    The next scenario comes from the source that has used the smallest share, including the cost
    of the scenario itself. A cheap scenario does not wait for its turn.
    """
    turns: list[tuple[float, int, Scenario | None]] = [
        (source.first_due, number, None) for number, source in enumerate(sources)]
    heapify(turns)
    while turns:
        had, number, scenario = heappop(turns)
        source = sources[number]
        if scenario is None:
            scenario = next(source.scenarios, None)
            if scenario is None:
                continue
            costs = cost(scenario)
            due = had + source.share(had, TURN + costs)
            if not source.first_due and costs > CHEAP and turns and turns[0][0] < due:
                heappush(turns, (due, number, scenario))
                continue
            had = due
        yield scenario
        heappush(turns, (had, number, None))


def cost(contract: Contract, scenario: Scenario) -> float:
    """The approximate cost of a scenario, in good commands on aggregates without events."""
    return _CostEstimate(contract).of(scenario.steps)


@dataclass(slots=True)
class _CostEstimate:
    """Adds up the costs of steps; ``sent`` counts the good commands of each aggregate."""

    contract: Contract
    sent: Counter[str] = field(default_factory=Counter)
    keys: set[tuple[str, str]] = field(default_factory=set)

    def of(self, steps: Sequence[Step]) -> float:
        return sum(map(self._step, steps))

    def _step(self, step: Step) -> float:
        if isinstance(step, Concurrently):
            return OVERLAP + sum(map(self.of, step.branches))
        if isinstance(step, Send):
            return self._send(step)
        if isinstance(step, SendBatch):
            return float(len(step.bodies))
        if isinstance(step, ColdStart):
            return COLD_START
        return FAULT if isinstance(step, Fault) else DELIVERY_OR_QUERY

    def _send(self, step: Send) -> float:
        command = self.contract.read(with_namespace(step.body or "")).command
        if command is None:
            return REFUSED
        aggregate = self.contract.aggregate(command)
        if step.key and (aggregate, step.key) in self.keys:
            return REPEATED_KEY
        self.keys.add((aggregate, step.key or ""))
        before = self.sent[aggregate]
        self.sent[aggregate] += 1
        return 1.0 + EARLIER_EVENT * before
