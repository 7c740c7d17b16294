"""HTTP messages: one request, one response.

Neither type knows API Gateway, a contract or a stage. Headers are tuples of
pairs, because a message is compared, stored in a history and sent again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from harness.core.json_values import parse_json

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request; ``path`` is percent-encoded, ``body`` is text or absent."""

    method: str
    path: str
    headers: Headers = ()
    body: str | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP response as a client receives it; ``body`` is decoded text."""

    status: int
    headers: Headers = ()
    body: str = ""

    @property
    def answered(self) -> bool:
        """True if there was a response at all: its absence has the status 0."""
        return self.status != 0

    def header(self, name: str) -> str | None:
        """The first header of that name, whatever its case."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)

    def json(self) -> Any:
        """The body as JSON, numbers as int or Decimal (so that 1.50 equals 1.5 exactly).

        Raises:
            ValueError: the body is not JSON (NaN and Infinity are not).
        """
        return parse_json(self.body)


@dataclass(frozen=True, slots=True)
class TakenIn(Response):
    """The reply to a command that was only taken in: as long as its result is pending, no answer.

    ``result`` asks for the result once more, and gives None while it is pending. ``later``: the
    client goes on meanwhile, and asks in the end; else it has asked in vain.
    """

    result: Callable[[], Response | None] = field(kw_only=True)
    later: bool = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class RawRequest:
    """One HTTP request as it arrives at a server; ``target`` is path and query."""

    method: str
    target: str
    headers: Headers = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The first header of that name, whatever its case."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)


@dataclass(frozen=True, slots=True)
class RawResponse:
    """One HTTP response as a server sends it."""

    status: int
    headers: Headers = ()
    body: bytes = b""


NO_ANSWER = Response(0)
"""No response came: a time-out, or a connection that ended."""


