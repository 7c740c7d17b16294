"""API Gateway's payloads and replies; REST (v1) and HTTP API (v2) share the members read here.

Whatever goes wrong, the caller reads one of our own sentences: never an exception's text, which
might name buckets, tables or ARNs.
"""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import codec
from .domain.interface import InvalidCommandError, RejectedError
from .rejections import TooLargeError, status

MAX_BODY_BYTES = 64 * 1024  # leaves room within EventBridge's 256 kB for an entry
_KEY = re.compile("[ -~]{1,64}")

Reply = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """The request that the command function reads from a payload."""

    body: str
    key: str | None


def request(payload: Mapping[str, Any]) -> Request:
    """Read a payload; raises RejectedError."""
    body = payload.get("body")
    if not isinstance(body, str):
        raise InvalidCommandError("body: expected a JSON object")
    return Request(_decoded(body) if payload.get("isBase64Encoded") else body, _key(payload))


def json_object(body: str) -> dict[str, Any]:
    """Read a body, of API Gateway or of a queue, as a JSON object; raises RejectedError."""
    try:
        if len(body.encode()) > MAX_BODY_BYTES:
            raise TooLargeError(f"body: expected at most {MAX_BODY_BYTES} bytes")
        value = codec.loads(body)
    except ValueError as error:  # lone surrogates or no JSON
        raise InvalidCommandError("body: expected a JSON object") from error
    if not isinstance(value, dict):
        raise InvalidCommandError("body: expected a JSON object")
    return value


def reply(status: int, body: Mapping[str, Any]) -> Reply:
    """Return an API Gateway reply with a JSON body."""
    headers = {"Content-Type": "application/json"}
    return {"statusCode": status, "headers": headers, "body": codec.dumps(body)}


def rejection(error: RejectedError) -> Reply:
    """Return the reply that says no."""
    return reply(status(error), {"message": str(error)})


def unavailable() -> Reply:
    """Return the reply that leaves open whether the command took effect."""
    return reply(503, {"message": "not available at the moment, please send it again"})


def _decoded(body: str) -> str:
    try:
        return base64.b64decode(body, validate=True).decode()
    except ValueError as error:
        raise InvalidCommandError("body: expected base64 of UTF-8") from error


def _key(payload: Mapping[str, Any]) -> str | None:
    headers = (payload.get("headers") or {}).items()
    for value in (value for name, value in headers if name.lower() == "idempotency-key"):
        if not isinstance(value, str) or not _KEY.fullmatch(value):
            raise InvalidCommandError("Idempotency-Key: expected 1 to 64 ASCII characters")
        return value
    return None
