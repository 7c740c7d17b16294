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
    """Whether an implementation must, may or must not accept a value."""

    MUST = "must"
    MAY = "may"
    MUST_NOT = "must not"


class Flaw(Enum):
    """Why a request is not a plain command; the harness's word for each class of bad input."""

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
    """What a request body says: the command it carries, if any, and whether it may be refused."""

    command: Command | None
    acceptance: Acceptance
    flaw: Flaw | None = None
