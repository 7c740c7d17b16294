"""The linearizability checker, against a brute-force one and against simulated atomic objects."""

import os
import random
import sys
import time
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import combinations, permutations
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from harness.oracle.linearizability import check
from harness.oracle.linearizability.model import Model, Operation, Verdict

TIMES = int(os.environ.get("CQRS_EXAMPLES", "1"))
"""How many times as many examples are tried; five every night."""

# ------------------------------------------------------------------------------------ the models


class Cell:
    """One integer, at first 0: a register, a counter and compare-and-set in one."""

    def init(self) -> Hashable:
        return 0

    def step(self, state: Any, input: Any, output: Any) -> tuple[bool, Hashable]:
        match input:
            case ("read",):
                return output == state, state
            case ("write", value):
                return True, value
            case ("add", amount):
                return True, state + amount
            case ("cas", old, new):
                return output == (state == old), new if state == old else state
        raise AssertionError(input)


class Log:
    """A log of values: an append answers the new length, a read the whole."""

    def init(self) -> Hashable:
        return ()

    def step(self, state: Any, input: Any, output: Any) -> tuple[bool, Hashable]:
        if input == ("read",):
            return output == state, state
        after = (*state, input[1])
        return output == len(after), after


class Cells:
    """Many cells; the input is (key, input of the cell). One model, whole or partitioned."""

    def init(self) -> Hashable:
        return ()

    def step(self, state: Any, input: Any, output: Any) -> tuple[bool, Hashable]:
        key, request = input
        cells = dict(state)
        ok, cells[key] = Cell().step(cells.get(key, 0), request, output)
        return ok, tuple(sorted(cells.items()))


class PartitionedCells(Cells):
    """The same cells, judged key by key."""

    def partition(self, operations: list[Operation]) -> list[list[Operation]]:
        parts: dict[Any, list[Operation]] = {}
        for operation in operations:
            parts.setdefault(operation.input[0], []).append(operation)
        return list(parts.values())


def read(client: Any, called: Any, returned: Any, value: Any) -> Operation:
    return Operation(client, called, returned, ("read",), value)


def write(client: Any, called: Any, returned: Any, value: Any) -> Operation:
    return Operation(client, called, returned, ("write", value), None)


def add(client: Any, called: Any, returned: Any, amount: int) -> Operation:
    return Operation(client, called, returned, ("add", amount), None)


def cas(client: Any, called: Any, returned: Any, old: int, new: int, done: Any) -> Operation:
    return Operation(client, called, returned, ("cas", old, new), done)


def outcome(operations: Sequence[Operation], model: Model | None = None) -> str:
    return check(operations, model or Cell()).outcome


# --------------------------------------------------------------------------- the brute-force judge


def precedes(a: Operation, b: Operation) -> bool:
    return a.returned is not None and a.returned < b.called


def is_legal(sequence: Sequence[Operation], model: Model) -> bool:
    state = model.init()
    for operation in sequence:
        ok, state = model.step(state, operation.input, operation.output)
        if not ok and operation.returned is not None:
            return False
    return True


def keeps_order(sequence: Sequence[Operation]) -> bool:
    return not any(precedes(late, early) for early, late in combinations(sequence, 2))


def subsets(operations: Sequence[Operation]) -> Iterable[tuple[Operation, ...]]:
    for size in range(len(operations) + 1):
        yield from combinations(operations, size)


def brute_force(operations: Sequence[Operation], model: Model) -> str:
    completed = [o for o in operations if o.returned is not None]
    pending = [o for o in operations if o.returned is None]
    found = any(
        keeps_order(sequence) and is_legal(sequence, model)
        for chosen in subsets(pending)
        for sequence in permutations([*completed, *chosen])
    )
    return "linearizable" if found else "not linearizable"


def is_prefix(prefix: Sequence[Operation], operations: Sequence[Operation], model: Model) -> bool:
    """Tell whether ``prefix`` can be the beginning of a linearization."""
    chosen = set(map(id, prefix))
    rest = [o for o in operations if id(o) not in chosen]
    closed = not any(precedes(left, placed) for left in rest for placed in prefix)
    known = chosen <= set(map(id, operations)) and len(chosen) == len(prefix)
    return known and closed and keeps_order(prefix) and is_legal(prefix, model)


# ----------------------------------------------------------------------------- generated histories

SMALL = st.integers(0, 2)
REQUESTS = {
    "register": st.one_of(st.tuples(st.just("write"), SMALL), st.just(("read",))),
    "counter": st.one_of(st.tuples(st.just("add"), st.integers(1, 2)), st.just(("read",))),
    "cas": st.one_of(st.tuples(st.just("cas"), SMALL, SMALL), st.just(("read",))),
}
REQUESTS["mixed"] = st.one_of(*REQUESTS.values())


@st.composite
def cell_operations(draw: st.DrawFn, requests: st.SearchStrategy[Any]) -> Operation:
    called = draw(st.integers(0, 6))
    returned = draw(st.one_of(st.none(), st.integers(called, 7), st.integers(called, 7)))
    request = draw(requests)
    outputs = {"read": st.integers(0, 3), "cas": st.booleans()}.get(request[0], st.none())
    return Operation(draw(SMALL), called, returned, request, draw(outputs))


@st.composite
def log_operations(draw: st.DrawFn) -> Operation:
    called = draw(st.integers(0, 6))
    returned = draw(st.one_of(st.none(), st.integers(called, 7), st.integers(called, 7)))
    if draw(st.booleans()):
        value = tuple(draw(st.lists(SMALL, max_size=3)))
        return Operation(0, called, returned, ("read",), value)
    return Operation(0, called, returned, ("append", draw(SMALL)), draw(st.integers(1, 4)))


SMALL_HISTORIES = st.sampled_from(sorted(REQUESTS)).flatmap(
    lambda name: st.lists(cell_operations(REQUESTS[name]), min_size=1, max_size=5)
)


class Simulation:
    """An atomic cell used by clients that call, take effect and return at random moments.

    Times are integers; ``grain`` steps share one time, so that a coarse clock gives ties. A
    crash leaves an operation pending, whether or not it took effect.
    """

    def __init__(self, seed: int, *, grain: int = 1, crash: float = 0.0, keys: int = 0) -> None:
        self.random = random.Random(seed)
        self.grain, self.crash, self.keys = grain, crash, keys
        self.steps = 0
        self.model: Model = Cells() if keys else Cell()
        self.states: dict[int, Hashable] = {}

    def run(self, operations: int, clients: int) -> list[Operation]:
        history: list[Operation] = []
        flying: dict[int, tuple[int, Any, Any]] = {}
        while len(history) < operations:
            self.steps += 1
            client = self.random.randrange(clients)
            if client not in flying:
                flying[client] = (self.now(), self.request(), ...)
            elif self.random.random() < self.crash:
                called, request, _ = flying.pop(client)
                history.append(Operation(client, called, None, request, None))
            elif flying[client][2] is ...:
                called, request, _ = flying[client]
                flying[client] = (called, request, self.apply(request))
            else:
                called, request, output = flying.pop(client)
                history.append(Operation(client, called, self.now(), request, output))
        lost = [Operation(c, called, None, r, None) for c, (called, r, _) in flying.items()]
        return history + lost

    def now(self) -> int:
        return self.steps // self.grain

    def request(self) -> Any:
        value = self.random.randrange(1000)
        kinds = [("read",), ("read",), ("write", value), ("add", 1 + value % 3)]
        kinds.append(("cas", value % 3, value))
        request = self.random.choice(kinds)
        return (self.random.randrange(self.keys), request) if self.keys else request

    def apply(self, request: Any) -> Any:
        key, bare = request if self.keys else (0, request)
        state = self.states.get(key, 0)
        output = {"read": state, "cas": state == bare[1] if len(bare) == 3 else None}.get(bare[0])
        self.states[key] = Cell().step(state, bare, output)[1]
        return output


def sequential(count: int, *, overlap: int = 0) -> list[Operation]:
    """Return writes and true reads in turn; each operation overlaps the ``overlap`` next."""
    history = []
    for number in range(count):
        called = 2 * number
        returned = called + 1 + 2 * overlap
        value = number - number % 2
        history.append((read if number % 2 else write)(number % 4, called, returned, value))
    return history


def seconds(judge: Callable[[], Verdict]) -> tuple[Verdict, float]:
    start = time.perf_counter()
    return judge(), time.perf_counter() - start


def processor_seconds(judge: Callable[[], Verdict]) -> tuple[Verdict, float]:
    """A verdict and its processor time, which other processes do not lengthen."""
    start = time.process_time()
    return judge(), time.process_time() - start


# --------------------------------------------------------------------------------------- the tests


class TestWellKnownHistories:
    def test_empty_history(self) -> None:
        """An empty history is linearizable."""
        assert check([], Cell()) == Verdict("linearizable")

    def test_read_own_write(self) -> None:
        """A client that reads what it wrote before is fine."""
        assert outcome([write("a", 0, 1, 7), read("a", 2, 3, 7)]) == "linearizable"

    def test_lost_own_write(self) -> None:
        """A client that does not see its own earlier write is not fine."""
        assert outcome([write("a", 0, 1, 7), read("a", 2, 3, 0)]) == "not linearizable"

    def test_stale_read(self) -> None:
        """A read that begins after a write has returned must not see what was before it."""
        history = [write("a", 0, 1, 1), write("a", 2, 3, 2), read("b", 4, 5, 1)]
        verdict = check(history, Cell())
        assert verdict == Verdict("not linearizable", tuple(history[:2]), history[2])

    def test_read_concurrent_with_write(self) -> None:
        """A read that overlaps a write may see the value before or after."""
        for value in (0, 1):
            assert outcome([write("a", 0, 5, 1), read("b", 1, 2, value)]) == "linearizable"

    def test_new_value_then_old_value(self) -> None:
        """Once a read has seen a write still in flight, a later read must see it too."""
        history = [write("a", 0, 9, 1), read("b", 1, 2, 1), read("c", 3, 4, 0)]
        assert outcome(history) == "not linearizable"

    def test_concurrent_writes_seen_in_one_order(self) -> None:
        """Two concurrent writes may take effect in either order."""
        writes = [write("a", 0, 9, 1), write("b", 0, 9, 2)]
        for first, second in ((1, 2), (2, 1)):
            reads = [read("c", 1, 2, first), read("d", 3, 4, second)]
            assert outcome(writes + reads) == "linearizable"

    def test_concurrent_writes_seen_in_different_orders(self) -> None:
        """Two readers must not see two concurrent writes in opposite orders."""
        history = [write("a", 0, 1, 1), write("b", 0, 1, 2)]
        history += [read("c", 2, 3, 1), read("c", 4, 5, 2), read("d", 2, 3, 2), read("d", 4, 5, 1)]
        assert outcome(history) == "not linearizable"

    def test_lost_update(self) -> None:
        """Two increments that returned must both be counted."""
        history = [add("a", 0, 2, 1), add("b", 1, 3, 1), read("c", 4, 5, 1)]
        assert outcome(history) == "not linearizable"

    def test_both_updates_kept(self) -> None:
        """Two concurrent increments make two."""
        history = [add("a", 0, 2, 1), add("b", 1, 3, 1), read("c", 4, 5, 2)]
        assert outcome(history) == "linearizable"

    def test_two_winners_of_a_compare_and_set(self) -> None:
        """Of two compare-and-sets from one value, only one succeeds."""
        history = [cas("a", 0, 2, 0, 1, True), cas("b", 1, 3, 0, 2, True)]
        assert outcome(history) == "not linearizable"

    def test_order_of_the_list(self) -> None:
        """A history may be given in any order."""
        history = [read("b", 2, 3, 7), write("a", 0, 1, 7)]
        assert outcome(history) == "linearizable"


class TestTimes:
    def test_touching_operations_are_concurrent(self) -> None:
        """An operation called at the instant another returns may take effect before it."""
        assert outcome([write("a", 0, 1, 7), read("b", 1, 2, 0)]) == "linearizable"

    def test_touching_operations_of_one_client(self) -> None:
        """Operations of one client are ordered by their times alone."""
        assert outcome([write("a", 0, 1, 7), read("a", 1, 2, 0)]) == "linearizable"

    def test_instantaneous_operations(self) -> None:
        """An operation may return at the instant of its call."""
        assert outcome([write("a", 0, 0, 7), read("b", 1, 1, 0)]) == "not linearizable"

    def test_infinite_and_fractional_times(self) -> None:
        """Times may be fractions and infinities."""
        history = [write("a", Fraction(1, 3), float("inf"), 7), read("b", 0.5, 1, 7)]
        assert outcome(history) == "linearizable"

    def test_returned_before_called(self) -> None:
        """An operation that returns before its call is an error that names it."""
        message = r"operation 1 of client 'b': expected returned .* called \(3\), got 2"
        with pytest.raises(ValueError, match=message):
            check([read("a", 0, 1, 0), read("b", 3, 2, 0)], Cell())

    @pytest.mark.parametrize(("called", "returned"), [("nan", 1), (0, "nan"), ("nan", None)])
    def test_not_a_number(self, called: Any, returned: Any) -> None:
        """A time that is not a number is an error."""
        times = (float(called), returned if returned is None else float(returned))
        with pytest.raises(ValueError, match=r"operation 0 of client 'a': .* got nan"):
            check([read("a", *times, 0)], Cell())


class TestPendingOperations:
    def test_effect_seen(self) -> None:
        """A pending write may take effect."""
        assert outcome([write("a", 0, None, 7), read("b", 5, 6, 7)]) == "linearizable"

    def test_effect_not_seen(self) -> None:
        """A pending write may never take effect."""
        assert outcome([write("a", 0, None, 7), read("b", 5, 6, 0)]) == "linearizable"

    def test_late_effect(self) -> None:
        """A pending write may take effect long after its call."""
        history = [write("a", 0, None, 7), read("b", 5, 6, 0), read("b", 7, 8, 7)]
        assert outcome(history) == "linearizable"

    def test_effect_before_the_call(self) -> None:
        """A pending write takes no effect before its call."""
        history = [write("a", 3, None, 7), read("b", 1, 2, 7)]
        verdict = check(history, Cell())
        assert verdict == Verdict("not linearizable", (), history[1])

    def test_one_effect_at_most(self) -> None:
        """A pending write takes effect once at most."""
        history = [write("a", 0, None, 7), read("b", 1, 2, 7)]
        history += [write("b", 3, 4, 8), read("b", 5, 6, 7)]
        assert outcome(history) == "not linearizable"

    def test_equal_pending_operations(self) -> None:
        """Equal pending operations may each take effect, whether they can be hashed or not."""
        for twin in (add("a", 0, None, 1), replace(add("a", 0, None, 1), output=[])):
            history = [twin, twin, read("b", 5, 6, 2), read("b", 7, 8, 2)]
            assert outcome(history) == "linearizable"
            assert outcome([*history, read("b", 9, 10, 3)]) == "not linearizable"

    def test_effect_spared_for_later(self) -> None:
        """A pending write that could explain one read is still free for a later one."""
        history = [write("a", 0, 2, 1), write("b", 0, 3, 2), write("p", 0, None, 1)]
        history += [read("a", 4, 5, 1), write("a", 6, 7, 0), read("a", 8, 9, 1)]
        assert outcome(history) == "linearizable"

    def test_answer_is_ignored(self) -> None:
        """A pending operation takes effect whatever its output."""
        history = [cas("a", 0, None, 0, 7, False), read("b", 5, 6, 7)]
        assert outcome(history) == "linearizable"

    def test_nothing_but_pending_operations(self) -> None:
        """A history in which nothing returned is linearizable."""
        assert outcome([write("a", 0, None, 7)]) == "linearizable"

    def test_prefix_names_the_effects_it_needs(self) -> None:
        """The longest prefix holds the pending operations that explain it."""
        history = [write("a", 0, None, 7), read("b", 1, 2, 7), read("b", 3, 4, 0)]
        verdict = check(history, Cell())
        assert verdict == Verdict("not linearizable", tuple(history[:2]), history[2])


class TestAgainstBruteForce:
    @settings(max_examples=300 * TIMES, deadline=None)
    @given(SMALL_HISTORIES)
    def test_cells(self, history: list[Operation]) -> None:
        """On small histories the outcome is that of trying every order and every subset."""
        assert outcome(history) == brute_force(history, Cell())

    @settings(max_examples=100 * TIMES, deadline=None)
    @given(st.lists(log_operations(), min_size=1, max_size=5))
    def test_logs(self, history: list[Operation]) -> None:
        """So it is where hardly any two operations commute."""
        assert outcome(history, Log()) == brute_force(history, Log())

    @settings(max_examples=100 * TIMES, deadline=None)
    @given(st.lists(st.tuples(SMALL, cell_operations(REQUESTS["mixed"])), max_size=5))
    def test_partitions(self, keyed: list[tuple[int, Operation]]) -> None:
        """So it is where the model splits the history."""
        history = [replace(o, input=(key, o.input)) for key, o in keyed]
        assert outcome(history, PartitionedCells()) == brute_force(history, Cells())

    @settings(max_examples=100 * TIMES, deadline=None)
    @given(st.integers(0, 10**9), st.integers(1, 4), st.integers(0, 4), st.integers(0, 3))
    def test_mutations(self, seed: int, grain: int, victim: int, answer: int) -> None:
        """So it is for a real history with one answer changed."""
        history = Simulation(seed, grain=grain, crash=0.1).run(3, clients=2)
        spoilt = history[victim % len(history)]
        changed = [replace(o, output=answer) if o is spoilt else o for o in history]
        assert outcome(changed) == brute_force(changed, Cell())

    @settings(max_examples=200 * TIMES, deadline=None)
    @given(SMALL_HISTORIES)
    @example([read(0, 0, 1, 0), read(0, 2, 3, 1)])
    def test_longest_prefix(self, history: list[Operation]) -> None:
        """The longest prefix begins a linearization, and none places more completed operations."""
        verdict = check(history, Cell())
        if verdict.outcome != "not linearizable":
            return
        assert is_prefix(verdict.longest_prefix, history, Cell())
        assert completed(verdict.longest_prefix) == longest_by_brute_force(history)

    @settings(max_examples=200 * TIMES, deadline=None)
    @given(SMALL_HISTORIES)
    def test_blocking(self, history: list[Operation]) -> None:
        """The blocking operation does not fit after the prefix, and must come before the rest."""
        verdict = check(history, Cell())
        if verdict.outcome != "not linearizable":
            return
        assert verdict.blocking is not None
        prefix = (*verdict.longest_prefix, verdict.blocking)
        placed = set(map(id, prefix))
        rest = [o.returned for o in history if id(o) not in placed and o.returned is not None]
        assert verdict.blocking.returned is not None
        assert not is_legal(prefix, Cell())
        assert all(verdict.blocking.returned <= returned for returned in rest)

    @settings(max_examples=50 * TIMES, deadline=None)
    @given(SMALL_HISTORIES)
    def test_repeatable(self, history: list[Operation]) -> None:
        """The same history gives the same verdict."""
        assert check(history, Cell()) == check(history, Cell())


def completed(operations: Iterable[Operation]) -> int:
    return sum(o.returned is not None for o in operations)


def longest_by_brute_force(history: Sequence[Operation]) -> int:
    orders = (order for chosen in subsets(history) for order in permutations(chosen))
    return max(completed(order) for order in orders if is_prefix(order, history, Cell()))


class TestSimulatedObjects:
    @settings(max_examples=150, deadline=None)
    @given(st.integers(0, 10**9), st.integers(1, 6), st.integers(1, 5), st.booleans())
    def test_atomic_cell(self, seed: int, clients: int, grain: int, crashes: bool) -> None:
        """Histories of an atomic cell are linearizable, with crashes and a coarse clock."""
        crash = 0.03 if crashes else 0.0
        history = Simulation(seed, grain=grain, crash=crash).run(60, clients)
        assert check(history, Cell(), budget=30).outcome == "linearizable"

    @settings(max_examples=50, deadline=None)
    @given(st.integers(0, 10**9), st.booleans())
    def test_partitioned_like_whole(self, seed: int, spoil: bool) -> None:
        """A history judged key by key gets the outcome that it gets as a whole."""
        history = Simulation(seed, keys=3).run(40, clients=3)
        if spoil:
            history[20] = replace(history[20], output=-1)
        assert outcome(history, PartitionedCells()) == outcome(history, Cells())


class CellsInParts(Cells):
    """Cells partitioned as a test says, right or wrong."""

    def __init__(self, parts: Callable[[list[Operation]], list[list[Operation]]]) -> None:
        self.partition = parts


class TestPartitions:
    history = (
        Operation("a", 0, 1, ("x", ("write", 1)), None),
        Operation("a", 2, 3, ("y", ("read",)), 5),
        Operation("a", 4, 5, ("x", ("read",)), 1),
    )

    def test_failing_part_is_named(self) -> None:
        """The verdict tells which part fails, with evidence from that part alone."""
        verdict = check(self.history, PartitionedCells())
        assert verdict == Verdict("not linearizable", (), self.history[1], 1)

    def test_all_parts_linearizable(self) -> None:
        """A history is linearizable if all its parts are."""
        assert check(self.history[::2], PartitionedCells()) == Verdict("linearizable")

    def test_empty_part(self) -> None:
        """A part may be empty."""
        model = CellsInParts(lambda operations: [[], operations, []])
        assert check(self.history, model).partition == 1

    @pytest.mark.parametrize(
        ("parts", "message"),
        [
            (lambda operations: [operations[1:]], r"\(3 operations\), got 1 lost and 0 invented"),
            (lambda operations: [operations, operations[:2]], "got 0 lost and 2 invented"),
            (lambda operations: [[replace(o) for o in operations]], "got 3 lost and 3 invented"),
        ],
        ids=["loses", "repeats", "copies"],
    )
    def test_not_a_partition(self, parts: Any, message: str) -> None:
        """A partition that loses, repeats or copies operations is an error."""
        with pytest.raises(ValueError, match=message):
            check(self.history, CellsInParts(parts))

    def test_one_object_twice(self) -> None:
        """An operation listed twice in a history counts as two."""
        twice = [self.history[0], self.history[0]]
        assert outcome(twice, PartitionedCells()) == "linearizable"


def hard(key: str = "x") -> list[Operation]:
    """Subset sums without an answer: 40 pending powers of three and a read of minus one."""
    pending = [Operation(n, 0, None, (key, ("add", 3**n)), None) for n in range(40)]
    return [*pending, Operation("r", 1, 2, (key, ("read",)), -1)]


class TestBudget:
    def test_exhausted(self) -> None:
        """A history too hard for the budget is unknown, soon after the budget is spent."""
        verdict, spent = seconds(lambda: check(hard(), Cells(), budget=0.2))
        assert verdict == Verdict("unknown")
        assert 0.2 <= spent < 1.0

    @pytest.mark.parametrize("budget", [0, -1])
    def test_none_left(self, budget: float) -> None:
        """Without time left anything but the empty history is unknown."""
        assert check([read("a", 0, 1, 0)], Cell(), budget=budget).outcome == "unknown"
        assert check([], Cell(), budget=budget).outcome == "linearizable"

    def test_not_a_number(self) -> None:
        """A budget that is not a number is an error."""
        with pytest.raises(ValueError, match="budget: expected a number of seconds"):
            check([], Cell(), budget=float("nan"))

    def test_invalid_history(self) -> None:
        """An invalid history is an error even without time left."""
        with pytest.raises(ValueError, match="operation 0"):
            check([read("a", 1, 0, 0)], Cell(), budget=0)

    def test_shared_by_all_parts(self) -> None:
        """Several hard parts together get the budget once."""
        history = [o for key in "uvwxyz" for o in hard(key)]
        verdict, spent = seconds(lambda: check(history, PartitionedCells(), budget=0.3))
        assert verdict.outcome == "unknown"
        assert spent < 1.2

    @pytest.mark.parametrize("budget", [20, None])
    def test_failure_behind_a_hard_part(self, budget: float | None) -> None:
        """A part too hard to judge does not hide a later one that fails."""
        wrong = Operation("a", 0, 1, ("y", ("read",)), 5)
        verdict = check([*hard(), wrong], PartitionedCells(), budget=budget)
        assert verdict == Verdict("not linearizable", (), wrong, 1)

    def test_success_behind_a_hard_part(self) -> None:
        """A hard part leaves the history unknown although all others are linearizable."""
        right = Operation("a", 0, 1, ("y", ("read",)), 0)
        verdict = check([*hard(), right], PartitionedCells(), budget=0.2)
        assert verdict.outcome == "unknown"


class Unhashable(Cell):
    """A cell whose state becomes a list once it is written, or is one from the start."""

    def __init__(self, initial: Any) -> None:
        self.initial = initial

    def init(self) -> Hashable:
        state: Hashable = self.initial
        return state

    def step(self, state: Any, input: Any, output: Any) -> tuple[bool, Any]:
        return True, []


class TestStates:
    def test_initial_state(self) -> None:
        """An initial state that cannot be hashed is an error that says so."""
        with pytest.raises(TypeError, match=r"init\(\) of the model: .* hashable .* got dict"):
            check([read("a", 0, 1, 0)], Unhashable({}))

    @pytest.mark.parametrize("returned", [1, None])
    def test_later_state(self, returned: int | None) -> None:
        """So is a later one."""
        history = [read("a", 0, returned, 0), read("a", 2, 3, 0)]
        with pytest.raises(TypeError, match=r"step\(\) of the model: .* hashable .* got list"):
            check(history, Unhashable(0)) if returned else check(history, Blocked())


class Blocked(Unhashable):
    """A cell whose completed operations never fit, so that its pending ones are tried."""

    def __init__(self) -> None:
        super().__init__(0)

    def step(self, state: Any, input: Any, output: Any) -> tuple[bool, Any]:
        return False, []


class TestScale:
    """Bounds are about five times the processor time that a slow machine needs."""

    def test_many_keys(self) -> None:
        """5,000 operations of 8 clients over 200 keys take well under a second."""
        history = Simulation(1, keys=200).run(5000, clients=8)
        verdict, spent = processor_seconds(lambda: check(history, PartitionedCells()))
        assert verdict.outcome == "linearizable"
        assert spent < 2.5

    @pytest.mark.parametrize("seed", range(3))
    def test_one_register(self, seed: int) -> None:
        """5,000 operations of 4 clients on one register take a few seconds at most."""
        history = Simulation(seed).run(5000, clients=4)
        verdict, spent = processor_seconds(lambda: check(history, Cell()))
        assert verdict.outcome == "linearizable"
        assert spent < 5

    @pytest.mark.parametrize("seed", range(3))
    def test_stale_read_in_the_middle(self, seed: int) -> None:
        """A wrong answer amid 5,000 operations of 4 clients is found as fast."""
        history = Simulation(seed).run(5000, clients=4)
        middle = next(n for n in range(2500, 5000) if history[n].input == ("read",))
        history[middle] = replace(history[middle], output=-1)
        verdict, spent = processor_seconds(lambda: check(history, Cell()))
        assert verdict.blocking is history[middle]
        assert spent < 10

    @pytest.mark.parametrize("wrong", [False, True])
    def test_pending_writes_never_observed(self, wrong: bool) -> None:
        """30 pending writes do not slow down a history of 1,000 operations, right or wrong."""
        history = Simulation(4).run(1000, clients=4)
        history += [write("p", 5 * n, None, 10**6 + n) for n in range(30)]
        if wrong:
            history.append(read("r", 10**6, 10**6, -1))
        verdict, spent = processor_seconds(lambda: check(history, Cell()))
        assert (verdict.outcome == "not linearizable") is wrong
        assert spent < 20

    def test_pending_appends_never_observed(self) -> None:
        """Nor do 30 pending appends, each of which would change all later answers."""
        history: list[Operation] = []
        for n in range(500):
            append = Operation("a", 10 * n, 10 * n + 3, ("append", n), n + 1)
            whole = Operation("b", 10 * n + 4, 10 * n + 5, ("read",), tuple(range(n + 1)))
            history += [append, whole]
        history += [Operation("p", 10 * n, None, ("append", -n), None) for n in range(30)]
        verdict, spent = processor_seconds(lambda: check(history, Log()))
        assert verdict.outcome == "linearizable"
        assert spent < 5

    def test_pending_adds_observed(self) -> None:
        """Pending increments that do take effect are found one by one."""
        history = Simulation(5).run(1000, clients=4)
        end = 10**6
        history.append(write("w", end, end, 0))
        history += [add("p", end + 10 * n, None, 1) for n in range(30)]
        history += [read("r", end + 10 * n + 1, end + 10 * n + 2, 1 + n // 2) for n in range(30)]
        verdict, spent = processor_seconds(lambda: check(history, Cell()))
        assert verdict.outcome == "linearizable"
        assert spent < 5

    def test_equal_pending_adds(self) -> None:
        """40 equal pending increments are 41 possibilities, not 2^40."""
        history = [add("p", n, None, 1) for n in range(40)]
        history += [read("r", 100, 101, 20), read("r", 102, 103, -1)]
        verdict, spent = processor_seconds(lambda: check(history, Cell(), budget=60))
        assert verdict.blocking is history[-1]
        assert spent < 5

    @pytest.mark.parametrize("overlap", [0, 1])
    def test_no_recursion(self, overlap: int) -> None:
        """A history longer than the limit of recursion is judged, and its evidence freed."""
        history = sequential(40 * sys.getrecursionlimit(), overlap=overlap)
        wrong = read("z", 10**9, 10**9, -1)
        verdict = check([*history, wrong], Cell())
        assert verdict.blocking is wrong
        assert len(verdict.longest_prefix) == len(history)

    def test_one_slow_operation(self) -> None:
        """An operation that lasts as long as 5,000 others costs no more than its bit."""
        history = [*sequential(5000), write("slow", -1, 10**9, -5), read("z", 10**8, 10**8, -1)]
        verdict, spent = processor_seconds(lambda: check(history, Cell()))
        assert verdict.outcome == "not linearizable"
        assert spent < 5
