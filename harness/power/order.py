"""In which order a hunt plays what it has from many sources."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

from harness.attribution import real
from harness.contract import Acceptance, Contract
from harness.scenario import ColdStart, Concurrently, Fault, Scenario, Send, SendBatch, Step

CHEAP = 2.5
"""The cost, by weight, of a scenario that does not wait until it is known what others cost."""
TURN = 10.0
DISTURBED = 3.0
NOTHING_DONE = 0.1
FIRST_TURNS = 3.0
"""The cost, in good commands, of a turn itself, so that what is long has turns as well; of a fault
or an overlap; of what changes nothing; and, by weight, of a turn or two of everything."""


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
    """About how long a scenario takes to play, in good commands."""
    return sum(_cost(contract, step) for step in scenario.steps)


def _cost(contract: Contract, step: Step) -> float:
    if isinstance(step, Concurrently):
        return DISTURBED + sum(_cost(contract, each) for branch in step.branches for each in branch)
    if isinstance(step, Send):
        bad = contract.read(real(step.body or "")).acceptance is Acceptance.MUST_NOT
        return NOTHING_DONE if bad else 1.0
    return DISTURBED if isinstance(step, ColdStart | Fault | SendBatch) else NOTHING_DONE
