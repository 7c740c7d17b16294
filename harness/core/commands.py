"""Commands: how a request body reads, and what the rules decide about it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

Command = Mapping[str, Any]


State = Hashable


View = Mapping[str, Any] | None


class Acceptance(Enum):
    """The duty of an implementation towards a value: it must, may or must not accept it."""

    MUST = "must"
    MAY = "may"
    MUST_NOT = "must not"


class Flaw(Enum):
    """The classes of bad input: the reason why a request is not a plain command."""

    BODY = "body"
    TYPE = "type"
    MEMBER = "member"
    ID = "id"
    SIZE = "size"
    UNKNOWN_MEMBER = "unknown member"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The rules accept the command."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The rules refuse the command; ``reason`` is for people."""

    reason: str


Decision = Accepted | Refused


@dataclass(frozen=True, slots=True)
class Reading:
    """A request body as the contract reads it: its command, if any, and the duty to accept it."""

    command: Command | None
    acceptance: Acceptance
    flaw: Flaw | None = None
