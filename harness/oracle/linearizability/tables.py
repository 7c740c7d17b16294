"""Tables that the search of one part looks things up in, by number of operation."""

from bisect import bisect_right, insort
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Any

from harness.oracle.linearizability.model import Operation


@dataclass(frozen=True, slots=True)
class Plan:
    """The tables of one part of a history, by number of operation.

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


def plan_search(part: list[Operation]) -> Plan:
    """Return the tables of one part of a history."""
    intervals = [(o.returned, o.called, o) for o in part if o.returned is not None]
    intervals.sort(key=lambda interval: interval[:2])
    returns = [returned for returned, _, _ in intervals]
    calls = [called for _, called, _ in intervals]
    pending = sorted((o for o in part if o.returned is None), key=lambda o: o.called)
    pending_calls = [o.called for o in pending]
    return Plan(
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
