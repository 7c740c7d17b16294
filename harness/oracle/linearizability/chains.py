"""Chains of pending operations, and the memory of the sets of them that were tried."""

from collections.abc import Hashable
from typing import NamedTuple

from harness.oracle.linearizability.model import Model, unhashable_state
from harness.oracle.linearizability.tables import Plan


class Antichains:
    """The least sets of pending operations (as bits) with which each key was reached."""

    __slots__ = ("_least",)

    def __init__(self) -> None:
        self._least: dict[Hashable, tuple[int, ...]] = {}

    def admit(self, key: Hashable, state: Hashable, used: int) -> bool:
        """Note ``used`` for a key that ``state`` is part of; False if a subset was noted."""
        try:
            least = self._least.get(key)
        except TypeError as error:
            raise unhashable_state("step()", state) from error
        if least is None:
            self._least[key] = (used,)
            return True
        if any(not other & ~used for other in least):
            return False
        self._least[key] = (*(other for other in least if used & ~other), used)
        return True


class Chain(NamedTuple):
    """Pending operations to be placed in a row: those of ``before``, then number ``last``."""

    state: Hashable
    used: int
    length: int
    before: "Chain | None"
    last: int


class Chains:
    """All chains from a state, shortest first, found as far as they are asked for."""

    __slots__ = ("_available", "_expanded", "_model", "_plan", "_seen", "found")

    def __init__(self, plan: Plan, model: Model, root: Chain, available: int) -> None:
        self._plan, self._model, self._available = plan, model, available
        self._seen = Antichains()
        self._seen.admit(root.state, root.state, root.used)
        self._expanded = 0
        self.found = [root]

    def shortest_unexpanded(self) -> int | None:
        """Return the length of the chain that `grow` would lengthen, None if there is none."""
        if self._expanded == len(self.found):
            return None
        return self.found[self._expanded].length

    def grow(self) -> int:
        """Lengthen one chain in each useful way, and return how many chains that adds."""
        known = len(self.found)
        chain = self.found[self._expanded]
        self._expanded += 1
        for number in range(self._available):
            bit = 1 << number
            if not chain.used & bit and not self._plan.twins[number] & ~chain.used:
                self._lengthen(chain, number)
        return len(self.found) - known

    def _lengthen(self, chain: Chain, number: int) -> None:
        operation = self._plan.pending[number]
        _, state = self._model.step(chain.state, operation.input, operation.output)
        used = chain.used | 1 << number
        if self._seen.admit(state, state, used):
            self.found.append(Chain(state, used, chain.length + 1, chain, number))
