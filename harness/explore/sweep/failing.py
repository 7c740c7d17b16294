"""The faults that may hit a call."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from harness.core.aws_operations import is_read
from harness.core.faults import (
    ANY_OPERATION,
    CAN_CONFLICT,
    FaultKind,
)
from harness.core.history import Called
from harness.explore.sweep.calls import by_operation

T = TypeVar("T")
Disturbance = tuple[str, int, FaultKind, bool]
"""A fault: operation, number of the call, what happens, and whether it lasts."""
FAILURES: tuple[tuple[FaultKind, bool], ...] = (
    (FaultKind.LOST_RESPONSE, False),
    (FaultKind.SERVICE_ERROR, True),
    (FaultKind.THROTTLING, True),
    (FaultKind.LOST_RESPONSE, True),
    (FaultKind.TIMEOUT, True),
    (FaultKind.CONFLICT, False),
    (FaultKind.THROTTLING, False),
)
"""Failures of a call: (kind, lasting); an SDK repairs most of those that do not last."""
TINY = 1e-9
"""So that a third of three is one."""


def rotated(several: list[T], start: float) -> list[T]:
    """The list, begun at a part of it and ended with what was passed over."""
    first = int(start * len(several) + TINY)
    return several[first:] + several[:first]


def failing(
    calls: list[Called], places: list[tuple[str, int]] | None = None,
    kinds: Iterable[tuple[FaultKind, bool]] = FAILURES,
) -> list[Disturbance]:
    """The disturbances of calls by faults of some kinds, all calls of one kind before the next."""
    found = list(zip(calls, places or _named(calls), by_operation(calls), strict=True))
    return [(*(own if kind is FaultKind.CONFLICT else place), kind, lasting)
            for kind, lasting in kinds for call, place, own in found
            if is_possible(kind, call.operation)]


def is_possible(kind: FaultKind, operation: str) -> bool:
    """A read whose response is lost is a read that has timed out; not every call is contested."""
    if kind is FaultKind.CONFLICT:
        return operation in CAN_CONFLICT
    return kind is not FaultKind.LOST_RESPONSE or not is_read(operation)


def _named(calls: list[Called]) -> list[tuple[str, int]]:
    """Each call by its operation, so that a lasting failure leaves the other operations alone.

    The last call by its number: after it there are none.
    """
    return [*by_operation(calls)[:-1], *((ANY_OPERATION, nth) for nth in range(len(calls))[-1:])]
