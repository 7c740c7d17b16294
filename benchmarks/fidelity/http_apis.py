"""The events and replies of HTTP APIs with payload format 2.0."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.fidelity.comparison import Comparison
from harness.core.http import Request
from harness.functions.events import http_api_event, http_response

SAMPLES = ("aws-lambda-go/events/testdata/apigw-v2-request-*.json",
           "powertools-lambda-python/tests/events/apiGatewayProxyV2*Event*.json")
"""Events that AWS's own projects test with."""
MADE = ("version", "routeKey", "rawPath", "rawQueryString", "cookies", "queryStringParameters",
        "pathParameters", "body", "isBase64Encoded")
"""Members that follow from the request alone."""
NOT_IMITATED = {"authentication", "authorizer"}
JSON = {"content-type": "application/json"}
OWN = {"statusCode": 201, "headers": {"Custom-Header": "value"}, "body": "Hello from Lambda!",
       "cookies": ["cookie1", "cookie2"]}
DOCUMENTED: tuple[tuple[Any, dict[str, Any]], ...] = (
    ("Hello from Lambda!", {"status": 200, "headers": JSON, "body": "Hello from Lambda!"}),
    ({"message": "Hello from Lambda!"},
     {"status": 200, "headers": JSON, "body": {"message": "Hello from Lambda!"}}),
    (OWN, {"status": 201, "body": "Hello from Lambda!", "headers": {
        "custom-header": "value", "set-cookie": "cookie1, cookie2"}}),
)
"""Results and responses of "Create AWS Lambda proxy integrations for HTTP APIs in API Gateway"."""


def http_events(folder: Path) -> Iterator[Comparison]:
    """The members of events that follow from a request, and the names of the others."""
    for pattern in SAMPLES:
        for path in sorted(folder.glob(pattern)):
            sample = json.loads(path.read_text("utf-8"))
            if sample.get("version") == "2.0" and "http" in sample.get("requestContext", {}):
                yield Comparison(path.name, _shape(sample), _shape(_event(sample)))


def _event(sample: dict[str, Any]) -> dict[str, Any]:
    """The event of the request that a sample is about."""
    asked = sample["requestContext"]["http"]
    stage = sample["requestContext"]["stage"]
    query = sample["rawQueryString"]
    headers = (*sample["headers"].items(), *(("cookie", c) for c in sample.get("cookies") or ()))
    path = sample["rawPath"].removeprefix("" if stage == "$default" else f"/{stage}")
    request = Request(asked["method"], f"{path}?{query}" if query else path, headers,
                      sample.get("body"))
    return http_api_event(
        request, path=path, route_key=sample["routeKey"], stage=stage, request_id="id",
        path_parameters=sample.get("pathParameters"), epoch_ms=0)


def _shape(event: dict[str, Any]) -> dict[str, Any]:
    """An absent member and one that is null say the same."""
    said = {name: event[name] for name in MADE if event.get(name)}
    context = event["requestContext"]
    names = {name for name, value in context.items() if value is not None} - NOT_IMITATED
    return said | {"context": sorted(names), "http": sorted(context["http"])}


def http_replies(folder: Path) -> Iterator[Comparison]:
    """The responses that the documentation makes of results."""
    for result, expected in DOCUMENTED:
        made = http_response(result, payload="2.0", binary=False)
        headers: dict[str, list[str]] = {}
        for name, value in made.headers:
            headers.setdefault(name.lower(), []).append(value)
        here = {"status": made.status, "body": _content(made.body),
                "headers": {name: ", ".join(headers[name]) for name in expected["headers"]
                            if name in headers}}
        yield Comparison(json.dumps(result), expected, here)


def _content(body: str) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body
