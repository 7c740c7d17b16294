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


@dataclass(frozen=True, slots=True)
class Explanation:
    """The reason for a requirement, and the way to meet it.

    ``mistakes``: how implementations usually get it wrong. ``python`` and ``node``: the repair.
    ``source`` and ``url``: the page of AWS's documentation that says so.
    """

    threat: str
    mistakes: str
    python: str
    node: str
    source: str
    url: str
