"""Versions that clients send back: a command that names a stale one is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Version:
    """The version of an aggregate, as views show it and commands send it back.

    It is the number of the aggregate's latest event, counted from ``first``.

    Attributes:
        member: the member of a command that has the version its client has seen.
        shown: the member of a view that has the version; empty: views do not show it.
        first: the version of an aggregate's first event.
        required: a command on an aggregate that a view shows has to name its version.
    """

    member: str
    shown: str = ""
    first: int = 1
    required: bool = False


@dataclass(frozen=True, slots=True)
class Versioned:
    """The state of an aggregate after a number of events."""

    events: int
    state: Any
