"""Time the linearizability checker on simulated histories of an atomic store.

Run from the root of the project: ``python -m benchmarks.linearizability``. Each line gives the
number of operations, the outcome, the time of the best of three runs in seconds, and the greatest
memory allocated during one more run, in MiB.
"""

import random
import time
import tracemalloc
from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import Any

from harness.oracle.linearizability import check
from harness.oracle.linearizability.model import Model, Operation

_RUNS = 3


class Registers:
    """Registers by key, at first 0, one for each part of a history."""

    def init(self) -> Hashable:
        """Return the value of a register that was never written."""
        return 0

    def step(self, state: Any, input: Any, output: Any) -> tuple[bool, Hashable]:
        """Apply (key, None) as a read and (key, value) as a write."""
        value = input[1]
        return (output == state, state) if value is None else (True, value)

    def partition(self, operations: list[Operation]) -> list[list[Operation]]:
        """Split by key."""
        parts: dict[Any, list[Operation]] = {}
        for operation in operations:
            parts.setdefault(operation.input[0], []).append(operation)
        return list(parts.values())


class Log:
    """A log: an append answers the new length."""

    def init(self) -> Hashable:
        """Return the empty log."""
        return ()

    def step(self, state: Any, input: Any, output: Any) -> tuple[bool, Hashable]:
        """Apply None as a read of the whole log and any other input as an append."""
        if input is None:
            return output == state, state
        after = (*state, input)
        return output == len(after), after


def simulate(operations: int, clients: int, keys: int, seed: int = 1) -> list[Operation]:
    """Return a history of registers whose clients call, take effect and return at random.

    Those in flight at the end are pending: some of them have taken effect.
    """
    rng = random.Random(seed)
    values: dict[int, int] = {}
    flying: dict[int, list[Any]] = {}
    history: list[Operation] = []
    now = 0
    while len(history) < operations:
        now += 1
        client = rng.randrange(clients)
        if client not in flying:
            request = (rng.randrange(keys), rng.choice([None, now]))
            flying[client] = [now, request]
        elif len(flying[client]) == 2:
            flying[client].append(_apply(values, *flying[client][1]))
        else:
            called, request, output = flying.pop(client)
            history.append(Operation(client, called, now, request, output))
    return history + [Operation(c, f[0], None, f[1], None) for c, f in flying.items()]


def _apply(values: dict[int, int], key: int, value: int | None) -> int | None:
    if value is None:
        return values.get(key, 0)
    values[key] = value
    return None


def with_stale_read(history: list[Operation]) -> list[Operation]:
    """Return the history with the answer of a read in the middle spoilt."""
    reads = [n for n, operation in enumerate(history) if operation.input[1] is None]
    middle = reads[len(reads) // 2]
    return [replace(o, output=-1) if n == middle else o for n, o in enumerate(history)]


def with_pending(history: list[Operation], count: int) -> list[Operation]:
    """Return the history with pending writes to key 0 that nobody observes."""
    return history + [Operation("p", 9 * n, None, (0, -2 - n), None) for n in range(count)]


def appends(count: int, pending: int) -> list[Operation]:
    """Return appends in turn, with a read after every tenth, and pending appends unobserved."""
    history = [Operation("a", 10 * n, 10 * n + 5, n, n + 1) for n in range(count)]
    for n in range(10, count, 10):
        history.append(Operation("r", 10 * n - 3, 10 * n - 2, None, tuple(range(n))))
    return history + [Operation("p", 10 * n, None, -1 - n, None) for n in range(pending)]


SCENARIOS: dict[str, tuple[Callable[[], list[Operation]], Callable[[], Model]]] = {
    "8 clients, 200 keys": (lambda: simulate(5000, 8, 200), Registers),
    "8 clients, 200 keys, stale read": (lambda: with_stale_read(simulate(5000, 8, 200)), Registers),
    "4 clients, 1 key": (lambda: simulate(5000, 4, 1), Registers),
    "4 clients, 1 key, stale read": (lambda: with_stale_read(simulate(5000, 4, 1)), Registers),
    "8 clients, 1 key": (lambda: simulate(5000, 8, 1), Registers),
    "8 clients, 1 key, stale read": (lambda: with_stale_read(simulate(5000, 8, 1)), Registers),
    "30 pending": (lambda: with_pending(simulate(1000, 4, 1), 30), Registers),
    "30 pending, stale read": (
        lambda: with_pending(with_stale_read(simulate(1000, 4, 1)), 30),
        Registers,
    ),
    "30 pending appends": (lambda: appends(1000, 30), Log),
}


def measure(history: list[Operation], model: Model) -> tuple[str, float, float]:
    """Return the outcome, the best time in seconds and the peak of memory in MiB."""
    times = []
    for _ in range(_RUNS):
        start = time.perf_counter()
        outcome = check(history, model).outcome
        times.append(time.perf_counter() - start)
    tracemalloc.start()
    check(history, model)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return outcome, min(times), peak / 2**20


def main() -> None:
    """Print one line for each scenario."""
    for name, (history_of, model_of) in SCENARIOS.items():
        history = history_of()
        outcome, best, peak = measure(history, model_of())
        print(f"{name:32} {len(history):5} {outcome:17} {best:7.3f} s {peak:7.1f} MiB", flush=True)


if __name__ == "__main__":
    main()
