"""An audit of stores that change meanwhile: what differs is read again after a moment.

Events are read before views, so a view may be newer than the events that it is compared with. A
finding counts if two readings, one after the other, show the same of the aggregate.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from harness.audit.findings import Found
from harness.core.clock import Clock

READINGS = 5
"""How often an aggregate is read that differs, and differs otherwise each time."""


@dataclass(frozen=True, slots=True)
class Settled:
    """Findings that lasted, and the aggregates that kept changing, which nothing is said of."""

    findings: tuple[Found, ...]
    moving: tuple[str, ...]


def settled(
    first: Sequence[Found], read: Callable[[Collection[str]], Sequence[Found]], clock: Clock,
    seconds: float,
) -> Settled:
    """Read again what differs, ``seconds`` after the last reading, until it is the same twice.

    ``read``: judges some aggregates anew.
    """
    lasting: list[Found] = []
    before = list(first)
    for _ in range(READINGS - 1):
        if not before:
            break
        clock.wait(seconds)
        now = list(read({found.aggregate for found in before}))
        same = {_known(found) for found in before} & {_known(found) for found in now}
        moving = {found.aggregate for found in now if _known(found) not in same}
        lasting += [found for found in now
                    if _known(found) in same and found.aggregate not in moving]
        before = [found for found in now if found.aggregate in moving]
    return Settled(tuple(lasting), tuple(sorted({found.aggregate for found in before})))


def _known(found: Found) -> str:
    return repr((found.kind, found.aggregate, sorted(found.about.items())))
