"""Decisions of a schedule, as data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ScheduleDecision:
    """The branch that ran at a decision, and the ``others`` that could have run instead."""

    number: int
    branch: int
    others: tuple[int, ...]
