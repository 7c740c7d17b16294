"""Tell whether a concurrent history is linearizable with respect to a sequential model.

Strategy: the depth-first search of Wing and Gong, with Lowe's memory of the configurations
already tried (G. Lowe, "Testing for linearizability", 2017) and P-compositionality (A. Horn and
D. Kroening, "Faster linearizability checking via P-compositionality", 2015) when the model can
split a history into independent parts.

Time. Operation a precedes operation b if and only if ``a.returned < b.called``. Operations that
touch at one instant (``a.returned == b.called``) are concurrent, since a clock that shows the
same instant twice has not told their order. Clients are informational: the operations of one
client are ordered by their times alone, like any others.

Configuration. The completed operations are numbered by the time of their return. ``base`` is the
first one not yet placed. Whatever is placed beyond it was in flight when ``base`` returned, so
a mask with one bit for each operation in flight says the rest: operations that never overlap
share a bit. A configuration is (base, mask, state), with a mask as wide as the greatest number of
operations in flight at once, however long the history is. The memory holds at most
(operations x 2^(in flight - 1) x states) of them; it is never trimmed, since the search may back
up as far as its start.

Pending operations may take effect late or never, which would double the configurations for each
of them. Five rules keep them cheap; each leaves out only what another branch covers:

1. A configuration is covered by an equal one that has used a subset of its pending operations.
2. Pending operations of equal input and output are interchangeable: the earliest goes first.
3. Pending operations are placed in chains just before a completed operation, and only after all
   completed ones were tried. A chain that leads to a state which fewer of them reach is dropped
   (so is, therefore, one without effect on the state), or which another chain has led to before.
4. A chain whose last member commutes with the completed operation that follows it (or is undone
   by it) is dropped: a pending operation has no deadline, so it can be placed later (or left out).
5. The search runs in rounds that admit chains of at most 0, 1, 2, 4, ... members. It ends with
   the first success, or with a failure that the limit had no part in.

What stays exponential is what must (the problem is NP-complete): operations in flight at once,
and pending operations whose every selection leads to another state. Hence the budget.

Everything but the budget is deterministic: no order depends on hashes or on the clock.
"""

from bisect import bisect_right, insort
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from time import monotonic
from typing import Any, Literal, NamedTuple, Protocol, runtime_checkable

Outcome = Literal["linearizable", "not linearizable", "unknown"]

_FIRST_QUANTUM = 4096
_CACHED_CHAINS = 200_000
_PAUSE = 32


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a history, as its client saw it.

    Times are ordered numbers of any one unit and origin (int, float, Fraction, ...).
    ``returned`` is None while the operation is pending, or if its result is indefinite: it may
    take effect at any time from ``called`` on, or never.
    """

    client: object
    called: float
    returned: float | None
    input: Any
    output: Any


class Model(Protocol):
    """A sequential specification. Its methods must be pure: the search calls them in any order.

    States that compare equal are one state; inputs and outputs that compare equal are
    interchangeable.
    """

    def init(self) -> Hashable:
        """Return the state before the first operation."""

    def step(self, state: Any, input: Any, output: Any) -> tuple[bool, Hashable]:
        """Return whether ``output`` answers ``input`` in ``state``, and the state afterwards.

        The state is ignored where a completed operation is not ok. For a pending operation it is
        the ok that is ignored, so the state must be right whatever the output.
        """


@runtime_checkable
class PartitionedModel(Protocol):
    """A model that can split a history into parts which are independent of one another."""

    def partition(self, operations: list[Operation]) -> list[list[Operation]]:
        """Return the given operations, each of these very objects in exactly one part."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What `check` found. All fields but ``outcome`` are evidence of "not linearizable".

    ``longest_prefix`` is the first linearization found among those that place the most completed
    operations, with the pending ones that it needs. ``blocking`` is the completed operation that
    has to be placed next, and cannot. ``partition`` is the position of the failing part in what
    the model's ``partition`` returned, None if the model has none.
    """

    outcome: Outcome
    longest_prefix: tuple[Operation, ...] = ()
    blocking: Operation | None = None
    partition: int | None = None


def check(operations: Sequence[Operation], model: Model, *, budget: float | None = None) -> Verdict:
    """Judge a history, given in any order, against a model.

    ``budget`` is the time for all parts together, in seconds; None sets no limit. A budget of
    zero or less (a deadline already past) gives "unknown", unless the history is empty: an empty
    history is linearizable. The parts take turns, so that one part too hard to judge does not
    hide another that fails; with several failing parts, the first one found is reported.

    Raises ValueError for an operation that returns before its call, for a time or budget that is
    not a number, and for a partition that loses or invents operations; TypeError for a state
    that cannot be hashed.
    """
    deadline = _deadline(budget)
    history = list(operations)
    for position, operation in enumerate(history):
        _validate(position, operation)
    if not history:
        return Verdict("linearizable")
    if budget is not None and budget <= 0:
        return Verdict("unknown")
    split = isinstance(model, PartitionedModel)
    initial = _initial(model)
    searches = [_Search(_plan(part), model, initial) for part in _parts(history, model)]
    return _judge(searches, deadline, split)


def _deadline(budget: float | None) -> float | None:
    if budget is None:
        return None
    if budget != budget:
        raise ValueError(f"budget: expected a number of seconds or None, got {budget!r}")
    return monotonic() + budget


def _validate(position: int, operation: Operation) -> None:
    """Raise ValueError unless the times of an operation are numbers in order."""
    called, returned = operation.called, operation.returned
    subject = f"operation {position} of client {operation.client!r}"
    if called != called:
        raise ValueError(f"{subject}: expected a number for called, got {called!r}")
    if returned is None:
        return
    if returned != returned:
        raise ValueError(f"{subject}: expected a number or None for returned, got {returned!r}")
    if returned < called:
        raise ValueError(
            f"{subject}: expected returned to be at least called ({called!r}), got {returned!r}"
        )


def _initial(model: Model) -> Hashable:
    state = model.init()
    try:
        hash(state)
    except TypeError as error:
        raise _unhashable("init()", state) from error
    return state


def _unhashable(method: str, state: object) -> TypeError:
    return TypeError(
        f"{method} of the model: expected a hashable state, got {type(state).__name__} "
        f"{state!r:.80}; return a tuple, a frozenset or a frozen dataclass"
    )


def _parts(history: list[Operation], model: object) -> list[list[Operation]]:
    """Return the parts of a history; raise ValueError if they are not a partition of it."""
    if not isinstance(model, PartitionedModel):
        return [history]
    parts = [list(part) for part in model.partition(list(history))]
    expected = Counter(map(id, history))
    got = Counter(id(operation) for part in parts for operation in part)
    if expected != got:
        raise ValueError(
            "partition() of the model: expected each operation of the history in exactly one "
            f"part ({len(history)} operations), got {(expected - got).total()} lost and "
            f"{(got - expected).total()} invented; regroup the operations, do not copy them"
        )
    return parts


# ---------------------------------------------------------------------------------- the tables


@dataclass(frozen=True, slots=True)
class _Plan:
    """What the search looks up about one part: tables by number of operation.

    ``completed`` is in order of return. ``bits[i]`` is the bit of i in a mask. ``windows[i]`` are
    the numbers from i on called by the time i returned: those that may be placed while i is the
    base. ``available[i]`` counts the pending operations called by then. ``pending`` is in order
    of call. ``twins[p]`` is the bit of the pending operation that must be used before p, or 0.
    """

    completed: tuple[Operation, ...]
    bits: tuple[int, ...]
    windows: tuple[tuple[int, ...], ...]
    pending: tuple[Operation, ...]
    twins: tuple[int, ...]
    available: tuple[int, ...]

    def place(self, base: int, mask: int, placed: int) -> tuple[int, int]:
        """Return the base and mask once ``placed`` is placed as well."""
        if placed != base:
            return base, mask | self.bits[placed]
        base += 1
        while base < len(self.bits) and mask & self.bits[base]:
            mask ^= self.bits[base]
            base += 1
        return base, mask


def _plan(part: list[Operation]) -> _Plan:
    intervals = [(o.returned, o.called, o) for o in part if o.returned is not None]
    intervals.sort(key=lambda interval: interval[:2])
    returns = [returned for returned, _, _ in intervals]
    calls = [called for _, called, _ in intervals]
    pending = sorted((o for o in part if o.returned is None), key=lambda o: o.called)
    pending_calls = [o.called for o in pending]
    return _Plan(
        completed=tuple(o for _, _, o in intervals),
        bits=_bits(calls, returns),
        windows=_windows(calls, returns),
        pending=tuple(pending),
        twins=_twins(pending),
        available=tuple(bisect_right(pending_calls, returned) for returned in returns),
    )


def _by_call(calls: list[float]) -> list[int]:
    return sorted(range(len(calls)), key=calls.__getitem__)


def _bits(calls: list[float], returns: list[float]) -> tuple[int, ...]:
    """Give each interval the lowest bit that no interval overlapping it has."""
    bits = [0] * len(calls)
    free: list[int] = []
    busy: list[tuple[float, int]] = []
    for number in _by_call(calls):
        while busy and busy[0][0] < calls[number]:
            heappush(free, heappop(busy)[1])
        slot = heappop(free) if free else len(busy)
        heappush(busy, (returns[number], slot))
        bits[number] = 1 << slot
    return tuple(bits)


def _windows(calls: list[float], returns: list[float]) -> tuple[tuple[int, ...], ...]:
    """Return for each base the numbers from it on that were called by its return, ascending."""
    windows = []
    window: list[int] = []
    waiting = _by_call(calls)[::-1]
    for returned in returns:
        while waiting and calls[waiting[-1]] <= returned:
            insort(window, waiting.pop())
        windows.append(tuple(window))
        del window[0]
    return tuple(windows)


def _twins(pending: list[Operation]) -> tuple[int, ...]:
    """Return for each pending operation the bit of the last equal one before it, or 0."""
    hashed: dict[Any, int] = {}
    others: list[tuple[Any, int]] = []
    twins = []
    for number, operation in enumerate(pending):
        request = (operation.input, operation.output)
        try:
            twins.append(hashed.get(request, 0))
            hashed[request] = 1 << number
        except TypeError:
            twins.append(next((bit for other, bit in reversed(others) if other == request), 0))
            others.append((request, 1 << number))
    return tuple(twins)


# ---------------------------------------------------------------------------------- the search


class _Antichains:
    """The least sets of pending operations (as bits) with which each key was reached."""

    __slots__ = ("_least",)

    def __init__(self) -> None:
        self._least: dict[Hashable, tuple[int, ...]] = {}

    def admit(self, key: Hashable, state: Hashable, used: int) -> bool:
        """Note ``used`` for a key that ``state`` is part of; False if a subset was noted."""
        try:
            least = self._least.get(key)
        except TypeError as error:
            raise _unhashable("step()", state) from error
        if least is None:
            self._least[key] = (used,)
            return True
        if any(not other & ~used for other in least):
            return False
        self._least[key] = (*(other for other in least if used & ~other), used)
        return True


class _Chain(NamedTuple):
    """Pending operations to be placed in a row: those of ``before``, then number ``last``."""

    state: Hashable
    used: int
    length: int
    before: "_Chain | None"
    last: int


class _Chains:
    """All chains from a state, shortest first, found as far as they are asked for."""

    __slots__ = ("_available", "_expanded", "_model", "_plan", "_seen", "found")

    def __init__(self, plan: _Plan, model: Model, root: _Chain, available: int) -> None:
        self._plan, self._model, self._available = plan, model, available
        self._seen = _Antichains()
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

    def _lengthen(self, chain: _Chain, number: int) -> None:
        operation = self._plan.pending[number]
        _, state = self._model.step(chain.state, operation.input, operation.output)
        used = chain.used | 1 << number
        if self._seen.admit(state, state, used):
            self.found.append(_Chain(state, used, chain.length + 1, chain, number))


class _Placement(NamedTuple):
    """A completed operation, by number, that can be placed after a chain, and what follows."""

    chain: _Chain | None
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
class _Search:
    """The search of one part. It can be paused between any two configurations."""

    plan: _Plan
    model: Model
    initial: Hashable
    limit: int = 0
    cut: bool = False
    best: _Node = field(init=False)
    visited: _Antichains = field(init=False)
    chained: _Antichains = field(init=False)
    stack: list[_Frame] = field(init=False)
    chains: dict[Hashable, _Chains] = field(default_factory=dict)
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
        self.visited, self.chained = _Antichains(), _Antichains()
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
        self, chain: _Chain, candidates: list[tuple[int, Operation]]
    ) -> Iterator[_Placement]:
        for number, operation in candidates:
            ok, state = self.model.step(chain.state, operation.input, operation.output)
            if ok and not self._can_wait(chain, operation, state):
                yield _Placement(chain, number, state, chain.used)

    def _can_wait(self, chain: _Chain, operation: Operation, state: Hashable) -> bool:
        """Return whether the last of a chain may as well follow ``operation``, or be left out."""
        assert chain.before is not None
        ok, skipped = self.model.step(chain.before.state, operation.input, operation.output)
        if not ok:
            return False
        last = self.plan.pending[chain.last]
        return skipped == state or self.model.step(skipped, last.input, last.output)[1] == state

    def _chains_from(self, node: _Node) -> Iterator[_Chain | None]:
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

    def _cached_chains(self, node: _Node) -> _Chains:
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
            root = _Chain(node.state, node.used, 0, None, -1)
            chains = self.chains[key] = _Chains(self.plan, self.model, root, available)
            self.cached += 1
        return chains


def _path(plan: _Plan, node: _Node) -> tuple[Operation, ...]:
    """Return the operations placed on the way to a configuration, first to last."""
    backwards: list[Operation] = []
    at: _Node | None = node
    while at is not None:
        if at.placement is not None:
            backwards.append(plan.completed[at.placement.number])
            backwards.extend(_members(plan, at.placement.chain))
        at = at.parent
    return tuple(reversed(backwards))


def _members(plan: _Plan, chain: _Chain | None) -> Iterator[Operation]:
    """Yield the pending operations of a chain, last to first."""
    while chain is not None and chain.before is not None:
        yield plan.pending[chain.last]
        chain = chain.before


def _judge(searches: list[_Search], deadline: float | None, split: bool) -> Verdict:
    """Let the searches take turns, ever longer ones, until one fails or all succeed."""
    waiting = list(enumerate(searches))
    quantum = _FIRST_QUANTUM
    while waiting:
        undecided = []
        for position, search in waiting:
            found = search.run(quantum, deadline)
            if found is False:
                return search.evidence(position if split else None)
            if found is None:
                undecided.append((position, search))
        if undecided and deadline is not None and monotonic() >= deadline:
            return Verdict("unknown")
        waiting = undecided
        quantum *= 2
    return Verdict("linearizable")
