"""The event API Gateway makes of an HTTP request.

Sources, both in the Amazon API Gateway Developer Guide: "Lambda proxy integrations in API
Gateway" (REST API, payload format 1.0) and "Create AWS Lambda proxy integrations for HTTP APIs in
API Gateway" (payload format 2.0). A REST API sends every member, null where there is nothing, and
keeps the client's header casing, but for Authorization and User-Agent, and without Connection and
Content-Length (LocalStack's snapshots of AWS); an HTTP API leaves absent members out and
lower-cases names. One with payload format 1.0 has a member ``version`` beside a REST API's.
API Gateway adds headers of its own; they are added here where the client sent none of that name.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from harness.core.http import Headers, Request
from harness.functions.lambda_json import utf8

ACCOUNT_ID = "123456789012"
API_ID = "a1b2c3d4e5"
DOMAIN = f"{API_ID}.execute-api.us-east-1.amazonaws.com"
SOURCE_IP = "203.0.113.10"

RESPELLED, KEPT_BACK = ("authorization", "user-agent"), ("connection", "content-length")

# strftime would take the month's name from the process's locale.
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

# requestContext.identity: all of these are null for a caller without credentials.
_ANONYMOUS = (
    "accessKey",
    "accountId",
    "caller",
    "cognitoAuthenticationProvider",
    "cognitoAuthenticationType",
    "cognitoIdentityId",
    "cognitoIdentityPoolId",
    "principalOrgId",
    "user",
    "userArn",
)


def rest_event(
    request: Request,
    *,
    path: str,
    resource: str,
    path_parameters: Mapping[str, str] | None,
    request_id: str,
    epoch_ms: int,
    stage: str = "Prod",
    base64: bool = False,
    of_http_api: bool = False,
) -> dict[str, Any]:
    """Make the event of a REST API, payload format 1.0 ("Lambda proxy integrations ...").

    Args:
        request: what the client sent; only its query string is read from ``request.path``.
        path: the path, without stage and query; decoded where the API decodes it.
        resource: the route's template, such as ``/orders/{id}``.
        path_parameters: the route's parameters; none gives null.
        request_id: becomes requestContext.requestId.
        epoch_ms: when the request arrived, in milliseconds since 1970.
        stage: the stage's name.
        base64: pass the body as API Gateway passes a binary media type.
        of_http_api: an HTTP API sends this format.

    """
    sent = request.headers if of_http_api else _respelled(request.headers)
    values = _by_name(_with_gateway_headers(sent, request_id, epoch_ms))
    query = _by_name(_query(request))
    return {
        **({"version": "1.0"} if of_http_api else {}),
        "resource": resource,
        "path": path,
        "httpMethod": request.method,
        "headers": _last(values),
        "multiValueHeaders": values,
        "queryStringParameters": _last(query) or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": dict(path_parameters) if path_parameters else None,
        "stageVariables": None,
        "requestContext": {
            "resourceId": _digest(resource)[:6],
            "resourcePath": resource,
            "httpMethod": request.method,
            "path": f"/{stage}{path}",
            "stage": stage,
            "deploymentId": _digest(stage)[:6],
            "accountId": ACCOUNT_ID,
            "apiId": API_ID,
            "protocol": "HTTP/1.1",
            "domainName": DOMAIN,
            "domainPrefix": API_ID,
            "requestId": request_id,
            "extendedRequestId": f"{_digest(request_id)[:15]}=",
            "requestTime": _common_log_time(epoch_ms),
            "requestTimeEpoch": epoch_ms,
            "identity": _identity(request.headers),
        },
        "body": _body(request.body, base64) or None,
        "isBase64Encoded": base64 and bool(request.body),
    }


def http_api_event(
    request: Request,
    *,
    path: str,
    route_key: str,
    path_parameters: Mapping[str, str] | None,
    request_id: str,
    epoch_ms: int,
    stage: str = "$default",
    base64: bool = False,
) -> dict[str, Any]:
    """Make the event of an HTTP API, payload format 2.0 ("... integrations for HTTP APIs ...").

    Repeated headers and query parameters are joined with commas, cookies have a member of their
    own, and body, cookies, pathParameters and queryStringParameters are absent when there is
    nothing in them. A stage other than ``$default`` is part of the path. Arguments are those of
    ``rest_event``, with ``route_key`` such as ``GET /orders/{id}`` in place of the resource.
    """
    sent = _by_name((name.lower(), value) for name, value in request.headers)
    raw_path = path if stage == "$default" else f"/{stage}{path}"
    optional = {
        "cookies": _cookies(sent.pop("cookie", [])),
        "queryStringParameters": _joined(_by_name(_query(request))),
        "pathParameters": dict(path_parameters or {}),
        "body": _body(request.body, base64),
    }
    return {
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": raw_path,
        "rawQueryString": _raw_query(request),
        "headers": _http_api_headers(request, sent, request_id, epoch_ms),
        "requestContext": {
            "accountId": ACCOUNT_ID,
            "apiId": API_ID,
            "domainName": DOMAIN,
            "domainPrefix": API_ID,
            "http": {
                "method": request.method,
                "path": raw_path,
                "protocol": "HTTP/1.1",
                "sourceIp": SOURCE_IP,
                "userAgent": ",".join(sent.get("user-agent", [])),
            },
            "requestId": request_id,
            "routeKey": route_key,
            "stage": stage,
            "time": _common_log_time(epoch_ms),
            "timeEpoch": epoch_ms,
        },
        "isBase64Encoded": base64 and bool(request.body),
        **{name: value for name, value in optional.items() if value},
    }


def _http_api_headers(
    request: Request, sent: Mapping[str, list[str]], request_id: str, epoch_ms: int
) -> dict[str, str]:
    own = {"content-length": str(len(utf8(request.body or "")))}
    for name, value in _gateway_headers(request_id, epoch_ms):
        own[name.lower()] = value
    return {**own, **_joined(sent)}


def _gateway_headers(request_id: str, epoch_ms: int) -> Headers:
    trace = f"Root=1-{epoch_ms // 1000:08x}-{_digest(request_id)[:24]}"
    return (
        ("Host", DOMAIN),
        ("X-Amzn-Trace-Id", trace),
        ("X-Forwarded-For", SOURCE_IP),
        ("X-Forwarded-Port", "443"),
        ("X-Forwarded-Proto", "https"),
    )


def _with_gateway_headers(sent: Headers, request_id: str, epoch_ms: int) -> Headers:
    names = {name.lower() for name, _ in sent}
    own = _gateway_headers(request_id, epoch_ms)
    return (*sent, *((name, value) for name, value in own if name.lower() not in names))


def _respelled(sent: Headers) -> Headers:
    """The headers as a REST API hands them over."""
    return tuple((name.title() if name.lower() in RESPELLED else name, value)
                 for name, value in sent if name.lower() not in KEPT_BACK)


def _by_name(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Values by name in the order sent; names that differ in case only are one, as first sent."""
    spelling: dict[str, str] = {}
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(spelling.setdefault(name.lower(), name), []).append(value)
    return values


def _last(values: Mapping[str, list[str]]) -> dict[str, str]:
    return {name: several[-1] for name, several in values.items()}


def _joined(values: Mapping[str, list[str]]) -> dict[str, str]:
    return {name: ",".join(several) for name, several in values.items()}


def _cookies(headers: Iterable[str]) -> list[str]:
    return [part.strip() for header in headers for part in header.split(";") if part.strip()]


def _raw_query(request: Request) -> str:
    return request.path.partition("?")[2]


def _query(request: Request) -> list[tuple[str, str]]:
    return parse_qsl(_raw_query(request), keep_blank_values=True)


def _body(body: str | None, encode: bool) -> str | None:
    if body is None or not encode:
        return body
    return base64.b64encode(utf8(body)).decode("ascii")


def _identity(headers: Headers) -> dict[str, str | None]:
    agents = (value for name, value in headers if name.lower() == "user-agent")
    return {
        **dict.fromkeys(_ANONYMOUS),
        "sourceIp": SOURCE_IP,
        "userAgent": next(agents, None),
    }


def _common_log_time(epoch_ms: int) -> str:
    at = datetime.fromtimestamp(epoch_ms // 1000, UTC)
    return f"{at.day:02d}/{_MONTHS[at.month - 1]}/{at.year:04d}:{at:%H:%M:%S} +0000"


def _digest(text: str) -> str:
    return hashlib.sha256(utf8(text)).hexdigest()
