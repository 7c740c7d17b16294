"""In which order a hunt plays what it has from many sources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush

from harness.core.bodies import with_namespace
from harness.core.contract import Contract
from harness.core.scenario import ColdStart, Concurrently, Fault, Scenario, Send, SendBatch, Step

CHEAP = 2.5
"""The cost, by weight, of a scenario that does not wait until it is known what others cost."""
TURN = 10.0
FIRST_TURNS = 3.0
"""The cost, in good commands, of a turn itself, so that what is long has turns as well; and, by
weight, of a turn or two of everything."""
AGAIN = 0.7
EARLIER = 0.2
FAULT = 1.0
NOTHING_DONE = 0.15
OVERLAP = 1.5
REFUSED = 0.05
RESTART = 7.0
"""The cost of a key that comes again, of each earlier event that a good command reads, of a fault,
of a delivery or a query, of an overlap, of a bad command, of ending every environment: as a fit of
a thousand scenarios has them, played on the reference implementations (docs/speed.md)."""


@dataclass(frozen=True, slots=True)
class Part:
    """Scenarios of one source, and its weight.

    ``opening``: what others have had when it is asked for the first, if asking alone costs much;
    then what it gives is played at once. ``later``: its weight once it has had ``FIRST_TURNS``.
    """

    scenarios: Iterator[Scenario]
    weight: float = 1.0
    opening: float = 0.0
    later: float | None = None

    def share(self, had: float, costs: float) -> float:
        """What a scenario of that cost counts for, after what it has had."""
        weight = self.weight if self.later is None or had < FIRST_TURNS else self.later
        return costs / weight


def fairly(parts: Sequence[Part], cost: Callable[[Scenario], float]) -> Iterator[Scenario]:
    """Scenarios of several sources, so that each has as much as others, by weight, of the cost.

    Next comes the source that has had least, or will have had with what was drawn from it. What
    costs next to nothing does not wait for its turn.
    """
    turns: list[tuple[float, int, Scenario | None]] = [
        (part.opening, number, None) for number, part in enumerate(parts)]
    heapify(turns)
    while turns:
        had, number, scenario = heappop(turns)
        part = parts[number]
        if scenario is None:
            scenario = next(part.scenarios, None)
            if scenario is None:
                continue
            costs = cost(scenario)
            due = had + part.share(had, TURN + costs)
            if not part.opening and costs > CHEAP and turns and turns[0][0] < due:
                heappush(turns, (due, number, scenario))
                continue
            had = due
        yield scenario
        heappush(turns, (had, number, None))


def cost(contract: Contract, scenario: Scenario) -> float:
    """About how long a scenario takes to play, in good commands on aggregates without events."""
    return _Reckoning(contract).of(scenario.steps)


@dataclass(slots=True)
class _Reckoning:
    """What steps cost, one after another; ``sent``: good commands by aggregate; the keys used."""

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
            return RESTART
        return FAULT if isinstance(step, Fault) else NOTHING_DONE

    def _send(self, step: Send) -> float:
        command = self.contract.read(with_namespace(step.body or "")).command
        if command is None:
            return REFUSED
        aggregate = self.contract.aggregate(command)
        if step.key and (aggregate, step.key) in self.keys:
            return AGAIN
        self.keys.add((aggregate, step.key or ""))
        before = self.sent[aggregate]
        self.sent[aggregate] += 1
        return 1.0 + EARLIER * before
