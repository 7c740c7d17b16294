"""Decisions of a schedule, as data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ScheduleDecision:
    """Who ran at a decision, and whether somebody else could have (``others``)."""

    number: int
    branch: int
    others: tuple[int, ...]
