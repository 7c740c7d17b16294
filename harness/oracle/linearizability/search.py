"""The depth-first search of one part of a history."""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from time import monotonic
from typing import NamedTuple

from harness.oracle.linearizability.chains import Antichains, Chain, Chains
from harness.oracle.linearizability.model import Model, Operation, Verdict
from harness.oracle.linearizability.tables import Plan

_CACHED_CHAINS = 200_000
_PAUSE = 32


class _Placement(NamedTuple):
    """A completed operation, by number, that can be placed after a chain, and what follows."""

    chain: Chain | None
    number: int
    state: Hashable
    used: int


@dataclass(frozen=True, slots=True)
class _Node:
    """A configuration on the way of the search; ``count`` completed operations are placed."""

    base: int
    mask: int
    state: Hashable
    used: int
    count: int
    parent: "_Node | None"
    placement: _Placement | None


@dataclass(slots=True)
class _Frame:
    """A configuration with the placements not tried yet; None is a pause between two of them."""

    node: _Node
    placements: Iterator[_Placement | None]


@dataclass(slots=True)
class Search:
    """The search of one part. It can be paused between any two configurations."""

    plan: Plan
    model: Model
    initial: Hashable
    limit: int = 0
    cut: bool = False
    best: _Node = field(init=False)
    visited: Antichains = field(init=False)
    chained: Antichains = field(init=False)
    stack: list[_Frame] = field(init=False)
    chains: dict[Hashable, Chains] = field(default_factory=dict)
    cached: int = 0

    def __post_init__(self) -> None:
        self.best = _Node(0, 0, self.initial, 0, 0, None, None)
        self._start_round()

    def run(self, quantum: int, deadline: float | None) -> bool | None:
        """Return whether the part is linearizable, None if it takes longer than this.

        ``quantum`` is a number of placements tried, ``deadline`` a reading of the clock.
        """
        if not self.plan.completed:
            return True
        for _ in range(quantum):
            if deadline is not None and monotonic() >= deadline:
                return None
            found = self._try_next()
            if found is not None:
                return found
        return None

    def evidence(self, partition: int | None) -> Verdict:
        """Return the verdict on a part that turned out not to be linearizable.

        No operation fits after ``best``: placing one would have made a longer linearization.
        So its base is the one that blocks.
        """
        return Verdict(
            "not linearizable",
            longest_prefix=_path(self.plan, self.best),
            blocking=self.plan.completed[self.best.base],
            partition=partition,
        )

    def _start_round(self) -> None:
        self.cut = False
        self.visited, self.chained = Antichains(), Antichains()
        self.stack = []
        self._push(_Node(0, 0, self.initial, 0, 0, None, None))

    def _push(self, node: _Node) -> None:
        self.stack.append(_Frame(node, self._placements(node)))

    def _try_next(self) -> bool | None:
        frame = self.stack[-1]
        try:
            placement = next(frame.placements)
        except StopIteration:
            self.stack.pop()
            return None if self.stack else self._next_round()
        return None if placement is None else self._enter(frame.node, placement)

    def _next_round(self) -> bool | None:
        """Return False if the round that failed was exhaustive, else begin a wider one."""
        if not self.cut:
            return False
        self.limit = max(1, 2 * self.limit)
        self._start_round()
        return None

    def _enter(self, parent: _Node, placement: _Placement) -> bool | None:
        """Go on from a placement, unless it leads where the search has been; True at the end."""
        _, number, state, used = placement
        base, mask = self.plan.place(parent.base, parent.mask, number)
        if base == len(self.plan.completed):
            return True
        if self.visited.admit((base, mask, state), state, used):
            node = _Node(base, mask, state, used, parent.count + 1, parent, placement)
            self._push(node)
            if node.count > self.best.count:
                self.best = node
        return None

    def _placements(self, node: _Node) -> Iterator[_Placement | None]:
        candidates = [
            (number, self.plan.completed[number])
            for number in self.plan.windows[node.base]
            if number == node.base or not node.mask & self.plan.bits[number]
        ]
        for number, operation in candidates:
            ok, state = self.model.step(node.state, operation.input, operation.output)
            if ok:
                yield _Placement(None, number, state, node.used)
        for chain in self._chains_from(node):
            if chain is None:
                yield None
            elif self.chained.admit((node.base, node.mask, chain.state), chain.state, chain.used):
                yield from self._after_chain(chain, candidates)

    def _after_chain(
        self, chain: Chain, candidates: list[tuple[int, Operation]]
    ) -> Iterator[_Placement]:
        for number, operation in candidates:
            ok, state = self.model.step(chain.state, operation.input, operation.output)
            if ok and not self._can_wait(chain, operation, state):
                yield _Placement(chain, number, state, chain.used)

    def _can_wait(self, chain: Chain, operation: Operation, state: Hashable) -> bool:
        """Return whether the last of a chain may as well follow ``operation``, or be left out."""
        assert chain.before is not None
        ok, skipped = self.model.step(chain.before.state, operation.input, operation.output)
        if not ok:
            return False
        last = self.plan.pending[chain.last]
        return skipped == state or self.model.step(skipped, last.input, last.output)[1] == state

    def _chains_from(self, node: _Node) -> Iterator[Chain | None]:
        """Yield the chains within the limit, with None now and then as a pause.

        It looks one chain beyond the limit, to note whether the limit cuts anything off.
        """
        if not self.plan.available[node.base]:
            return
        chains = self._cached_chains(node)
        index = 1
        while True:
            if index < len(chains.found):
                chain = chains.found[index]
                if chain.length > self.limit:
                    self.cut = True
                    return
                index += 1
                yield chain
                if index % _PAUSE == 0:
                    yield None
                continue
            length = chains.shortest_unexpanded()
            if length is None or (self.cut and length >= self.limit):
                return
            self.cached += chains.grow()
            yield None

    def _cached_chains(self, node: _Node) -> Chains:
        """Return the chains from a configuration: the same for any base and mask where possible.

        The cache is emptied when it grows too large; a search under way keeps what it uses.
        """
        available = self.plan.available[node.base]
        key = (node.state, node.used, available)
        if self.cached > _CACHED_CHAINS:
            self.chains.clear()
            self.cached = 0
        chains = self.chains.get(key)
        if chains is None:
            root = Chain(node.state, node.used, 0, None, -1)
            chains = self.chains[key] = Chains(self.plan, self.model, root, available)
            self.cached += 1
        return chains


def _path(plan: Plan, node: _Node) -> tuple[Operation, ...]:
    """Return the operations placed on the way to a configuration, first to last."""
    backwards: list[Operation] = []
    at: _Node | None = node
    while at is not None:
        if at.placement is not None:
            backwards.append(plan.completed[at.placement.number])
            backwards.extend(_members(plan, at.placement.chain))
        at = at.parent
    return tuple(reversed(backwards))


def _members(plan: Plan, chain: Chain | None) -> Iterator[Operation]:
    """Yield the pending operations of a chain, last to first."""
    while chain is not None and chain.before is not None:
        yield plan.pending[chain.last]
        chain = chain.before
