"""How many scenarios are drawn for a requirement, from which strategy and with which seed."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from hypothesis import strategies as st

from harness.core.contract import Contract
from harness.core.scenario import Scenario
from harness.explore.drawing import drawn
from harness.explore.profiles import Profile


@dataclass(frozen=True, slots=True)
class DrawingPlan:
    """A strategy, the number of examples to draw from it, and the seed."""

    strategy: st.SearchStrategy[Scenario]
    examples: int
    seed: int

    def drawn(self) -> list[Scenario]:
        """The scenarios, each once."""
        return drawn(self.strategy, self.examples, self.seed)

    def again(self, number: int) -> DrawingPlan:
        """The plan for other scenarios, by a seed of their own."""
        return replace(self, seed=self.seed ^ zlib.crc32(f"again {number}".encode()))

    def at_most(self, examples: int) -> DrawingPlan:
        """The plan with no more examples than that."""
        return replace(self, examples=min(self.examples, examples))


def drawing_plan(
    contract: Contract, profile: Profile, seed: int, requirement_id: str
) -> DrawingPlan:
    """The plan for a requirement; each one has a seed of its own."""
    exploration = contract.explorations[requirement_id]
    own_seed = seed ^ zlib.crc32(requirement_id.encode())
    if exploration.long:
        return DrawingPlan(
            exploration.generator(contract, profile.long), profile.long_examples, own_seed)
    examples = max(1, round(exploration.share * profile.examples))
    return DrawingPlan(exploration.generator(contract), examples, own_seed)


def few_at_a_time(plan: DrawingPlan, seed: int, requirement_id: str) -> Iterator[Scenario]:
    """The scenarios of a plan, a few at a time, twice as many each time.

    Hypothesis gives none before it has drawn all it was asked for, and the plainest first,
    every time.
    """
    yield from drawn(plan.strategy, 1, seed)
    size, left = 1, plan.examples - 1
    while left > 0:
        batch_seed = seed ^ zlib.crc32(f"{requirement_id}/{left}".encode())
        yield from drawn(plan.strategy, 1 + min(size, left), batch_seed)[1:]
        size, left = 2 * size, left - size
