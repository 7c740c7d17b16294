"""The response that API Gateway makes of a Lambda function's result.

Sources, in the Amazon API Gateway Developer Guide: "Lambda proxy integrations in API Gateway"
(output format, REST API) and "Create AWS Lambda proxy integrations for HTTP APIs in API Gateway"
(response for format 2.0). Where these are silent the rule is what API Gateway was observed to do:

- REST API: no member is mandatory (a missing statusCode is 200), but an unknown one is malformed.
- HTTP API: statusCode alone makes a result a response; unknown members beside it are ignored;
  a result without it is the body, unless it is an errorMessage, which is taken for a failure.
- Both: a scalar in the place of another scalar is coerced (statusCode "201", a header of true);
  an object or a list in the place of a scalar is malformed.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any, Literal

from harness.core.compression import unzipped
from harness.core.http import Headers, Request, Response
from harness.functions.lambda_json import NotJsonError, from_json, to_json, utf8

Payload = Literal["1.0", "2.0"]
"""The payload format: 1.0 stands for a REST API, 2.0 for an HTTP API."""

REST_PAYLOAD_LIMIT = 10 * 1024 * 1024
"""Bytes of a request's body ("Quotas for configuring and running a REST API")."""

LAMBDA_SYNC_LIMIT = 6_291_556
"""Bytes of a synchronous invocation's event ("Lambda quotas": 6 MB; the error names the number)."""

_JSON: Headers = (("Content-Type", "application/json"),)

_FAILED: Mapping[Payload, Response] = {
    "1.0": Response(502, _JSON, '{"message": "Internal server error"}'),
    "2.0": Response(500, _JSON, '{"message":"Internal Server Error"}'),
}
_TIMED_OUT: Mapping[Payload, Response] = {
    "1.0": Response(504, _JSON, '{"message": "Endpoint request timed out"}'),
    "2.0": Response(503, _JSON, '{"message":"Service Unavailable"}'),
}
_TOO_LONG = Response(413, _JSON, '{"message":"Request Too Long"}')

_REST_MEMBERS = frozenset({"isBase64Encoded", "statusCode", "headers", "multiValueHeaders", "body"})
_REST_STATUS = 200
_REST_CONTENT_TYPE = "application/json"
_HTTP_API_CONTENT_TYPE = "text/plain; charset=utf-8"


class _MalformedError(Exception):
    """The result does not have the shape of a proxy response."""


def http_response(
    result: Any, *, payload: Payload, api: Payload | None = None, binary: bool = True
) -> Response:
    """Give the response for a function's ``result``.

    A malformed proxy response, and a result that is no JSON, give ``error_response(api)``. ``api``:
    of which kind the API is, if its payload's format does not say so. A body in base64 is decoded
    to text: UTF-8, or Latin-1 where the bytes are not UTF-8. One that is gzipped is unpacked, as
    clients do. Where the client takes nothing ``binary``, it gets the text in base64.
    """
    read = _rest_response if payload == "1.0" else _http_api_response
    try:
        found = from_json(to_json(result))
        if not binary and isinstance(found, dict):
            found.pop("isBase64Encoded", None)
        return read(found)
    except (_MalformedError, NotJsonError, ValueError):
        return error_response(api or payload)


def error_response(payload: Payload) -> Response:
    """Give the response for a function that raised.

    Document: "Handle Lambda errors in API Gateway".
    """
    return _FAILED[payload]


def timeout_response(payload: Payload) -> Response:
    """Give the response for a function that took too long.

    Document: "Gateway response types for API Gateway" (INTEGRATION_TIMEOUT).
    """
    return _TIMED_OUT[payload]


def front_door_rejection(request: Request) -> Response | None:
    """Give API Gateway's own answer to a body over its quota, or None to let it in.

    Document: "Quotas for configuring and running a REST API".
    """
    return _TOO_LONG if len(utf8(request.body or "")) > REST_PAYLOAD_LIMIT else None


def event_rejection(event: Mapping[str, Any]) -> Response | None:
    """Give API Gateway's own answer when Lambda refuses the event for its size, else None.

    A body of some 6 to 10 MB (less in base64, or with much to escape) passes the front door and
    is refused here.
    """
    size = len(utf8(json.dumps(event, ensure_ascii=False, separators=(",", ":"))))
    return _TOO_LONG if size > LAMBDA_SYNC_LIMIT else None


def _rest_response(result: Any) -> Response:
    if not isinstance(result, dict) or not result.keys() <= _REST_MEMBERS:
        raise _MalformedError
    status = result.get("statusCode")
    headers = _merged(_headers(result.get("headers")), _lists(result.get("multiValueHeaders")))
    return Response(
        _REST_STATUS if status is None else _status(status),
        _with_content_type(headers, _REST_CONTENT_TYPE),
        _body(result),
    )


def _http_api_response(result: Any) -> Response:
    if isinstance(result, dict) and "statusCode" in result:
        return _explicit_response(result)
    if isinstance(result, dict) and "errorMessage" in result:
        raise _MalformedError
    return Response(200, _JSON, result if isinstance(result, str) else to_json(result))


def _explicit_response(result: dict[str, Any]) -> Response:
    headers = (*_headers(result.get("headers")), *_set_cookies(result.get("cookies")))
    return Response(
        _status(result["statusCode"]),
        _with_content_type(headers, _HTTP_API_CONTENT_TYPE),
        _body(result),
    )


def _status(value: Any) -> int:
    text = _text(value)
    digits = text.removesuffix(".0") if isinstance(value, float) else text.strip()
    if isinstance(value, bool) or not (digits.isascii() and digits.isdecimal()):
        raise _MalformedError
    status = int(digits[:4])
    if not 100 <= status <= 599:
        raise _MalformedError
    return status


def _text(value: Any) -> str:
    """Coerce a scalar to text, as API Gateway does."""
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, dict | list):
        raise _MalformedError
    return json.dumps(value)


def _body(result: dict[str, Any]) -> str:
    body = result.get("body")
    text = "" if body is None else _text(body)
    encoded = result.get("isBase64Encoded")
    return _decoded(text) if encoded is not None and _text(encoded) == "true" else text


def _decoded(text: str) -> str:
    try:
        raw = unzipped(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError) as error:
        raise _MalformedError from error
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _headers(value: Any) -> Headers:
    pairs = _object(value).items()
    return tuple((name, _text(each)) for name, each in pairs if each is not None)


def _lists(value: Any) -> Headers:
    pairs = _object(value).items()
    return tuple((name, _text(each)) for name, several in pairs for each in _list(several))


def _set_cookies(value: Any) -> Headers:
    cookies = [] if value is None else _list(value)
    return tuple(("Set-Cookie", _text(cookie)) for cookie in cookies)


def _object(value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _MalformedError
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise _MalformedError
    return value


def _merged(single: Headers, several: Headers) -> Headers:
    """One list of both; a pair named in both counts once ("Lambda proxy integrations")."""
    known = {(name.lower(), value) for name, value in several}
    return (*several, *((n, value) for n, value in single if (n.lower(), value) not in known))


def _with_content_type(headers: Headers, default: str) -> Headers:
    named = any(name.lower() == "content-type" for name, _ in headers)
    return headers if named else (*headers, ("Content-Type", default))
