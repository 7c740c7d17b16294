"""A requirement: one sentence of the contract, and how a violation counts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Level(Enum):
    """How a violation counts: MUST fails the run, SHOULD fails it only when strict."""

    MUST = "MUST"
    SHOULD = "SHOULD"


@dataclass(frozen=True, slots=True)
class Requirement:
    """One sentence of the contract: stable id, level, what the harness needs to judge it."""

    id: str
    level: Level
    needs: tuple[str, ...]
    sentence: str
