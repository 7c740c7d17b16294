"""One entry of PutEvents."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BusEntry:
    """One entry of PutEvents; ``detail`` is JSON text, ``time`` an RFC 3339 time if it has one.

    ``again``: it was on the bus before, so that an archive may give it again.
    """

    source: str
    detail_type: str
    detail: str
    resources: tuple[str, ...] = ()
    bus: str = "default"
    time: str | None = None
    again: bool = False
