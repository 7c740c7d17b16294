"""Messages of the wire: what a dialect makes of a canonical request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.core.http import Request


@dataclass(frozen=True, slots=True)
class HttpMessage:
    """A request to the front door; ``claims`` come from an authorizer that does not run here.

    ``asks``: it is a query, also where the function behind it takes commands.
    """

    request: Request
    claims: Mapping[str, Any] = field(default_factory=dict)
    asks: bool = False


@dataclass(frozen=True, slots=True)
class Payload:
    """A direct invocation of a function, by its logical id; ``text`` is JSON.

    ``asks``: it is a query.
    """

    function: str
    text: str
    asks: bool = False


@dataclass(frozen=True, slots=True)
class QueueMessage:
    """A message to a queue, by its logical id; ``key`` makes it the same message again."""

    queue: str
    text: str
    key: str | None = None


@dataclass(frozen=True, slots=True)
class TableItem:
    """An item that is put into a table, by its logical id; ``text`` is DynamoDB JSON."""

    table: str
    text: str


WireMessage = HttpMessage | Payload | QueueMessage | TableItem


@dataclass(frozen=True, slots=True)
class Unsayable:
    """A step that the dialect has no words for: it is not applicable; ``reason`` is for people."""

    reason: str
