"""The events that a REST API makes of requests, and the replies it makes of results."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from benchmarks.fidelity.comparison import Comparison, snapshot
from harness.core.http import Request
from harness.functions.events import http_response
from harness.stages.controlled.front_door import ControlledFrontDoor
from harness.stages.controlled.running import Outcome
from harness.template import Route

FILE = "apigateway/test_apigateway_lambda.snapshot.json"
HEADERS = (("User-Agent", "python-requests/testing"), ("tEsT-HEADeR", "aValUE"),
           ("authorization", "random-value"), ("Connection", "keep-alive"))
ENCODED = "dateTimeOffset=2023-06-12T18:05:10.123456+00:00&email=test%2Balias@gmail.com"
REQUESTS = {
    "invocation-payload-without-trailing-slash": "/proxy-value",
    "invocation-payload-with-trailing-slash": "/proxy-value/",
    "invocation-payload-with-double-slash": "/proxy-value//double-slash",
    "invocation-payload-with-prepended-slash": "//proxy-value",
    "invocation-payload-without-trailing-slash-and-query-params": "/proxy-value?urlparam=test",
    "invocation-payload-with-trailing-slash-and-query-params": "/proxy-value/?urlparam=test",
    "invocation-payload-with-path-encoded-email":
        "/proxy-value/api/user/test%2Balias@gmail.com/plus/test+alias@gmail.com",
    "invocation-hardcoded": "//hardcoded",
}
MEMBERS = ("resource", "path", "httpMethod", "pathParameters", "queryStringParameters",
           "multiValueQueryStringParameters", "body", "isBase64Encoded", "stageVariables")
NAMES = ("Authorization", "User-Agent", "tEsT-HEADeR", "authorization", "Connection")
BASE64 = "dGVzdC1kYXRh"
MULTIPLE = {"statusCode": 200, "multiValueHeaders": {"test-multi": ["value1", "value2"]}}
RESULTS: dict[str, Any] = {
    "invoke-api-no-body": {"statusCode": 200},
    "invoke-api-with-headers":
        {"statusCode": 200, "headers": {"test-header": "value", "header-bool": True}},
    "invoke-api-with-headers-null": {"statusCode": 200, "headers": None},
    "invoke-api-wrong-format": {"statusCode": 200, "wrongValue": "value"},
    "invoke-api-b64-encoded-true": {"statusCode": 200, "body": BASE64, "isBase64Encoded": True},
    "invoke-api-b64-encoded-false": {"statusCode": 200, "body": BASE64},
    "invoke-api-multi-headers-valid": MULTIPLE,
    "invoke-api-multi-headers-overwrite": {
        "statusCode": 200, "multiValueHeaders": {"test-multi": ["value-multi"]},
        "headers": {"test-multi": "value-solo"}},
    "invoke-api-multi-headers-invalid":
        {"statusCode": 200, "multiValueHeaders": {"test-multi-invalid": "value1"}},
    "invoke-api-invalid-status-code": {"statusCode": "test"},
    "invoke-api-status-code-str": {"statusCode": "201"},
    "invoke-api-just-string": "justAString",
    "invoke-api-only-headers": {"headers": {"test-header": "value"}},
}
"""The results that the function of LocalStack's test returns, by the name of the snapshot."""
OWN = ("test-multi", "test-header", "header-bool", "content-type")


def proxy_events(folder: Path) -> Iterator[Comparison]:
    """Paths, parameters and header names of a REST API's events."""
    recorded = snapshot(folder, FILE, "test_lambda_aws_proxy_integration")
    for name, path in REQUESTS.items():
        if name in recorded:
            yield Comparison(name, _kept(recorded[name]), _kept(_event(path)))


def _event(path: str) -> dict[str, Any]:
    routes = tuple(Route("ANY", each, "1.0", "f", "function", "rest", "Api")
                   for each in ("/{proxy+}", "/hardcoded"))
    events: list[dict[str, Any]] = []

    def invoke(name: str, event: dict[str, Any], role: Any) -> Outcome:
        events.append(event)
        return Outcome({"statusCode": 200})

    invocations: Any = SimpleNamespace(invoke=invoke, epoch_ms=lambda: 0)
    template: Any = SimpleNamespace(routes=routes)
    queue: Any = None
    ControlledFrontDoor(template, invocations, queue, lambda: "r").send(
        Request("GET", path, HEADERS))
    return events[0]


def _kept(event: dict[str, Any]) -> dict[str, Any]:
    names = [name for name in NAMES if name in event["headers"]]
    return {**{name: event[name] for name in MEMBERS}, "names": names}


def replies(folder: Path) -> Iterator[Comparison]:
    """Contents and headers of the responses that a REST API makes of a function's results."""
    recorded = snapshot(folder, FILE, "test_aws_proxy_response_payload_format_validation")
    for name, result in RESULTS.items():
        if name in recorded:
            given = recorded[name]
            made = http_response(result, payload="1.0", binary=False)
            here = {"content": _content(made.body)}
            if "headers" in given:
                here["headers"] = _headers(made.headers)
                given = {**given, "headers": _headers(given["headers"].items())}
            yield Comparison(name, given, here)


def _content(body: str) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body


def _headers(pairs: Any) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        if name.lower() in OWN:
            found.setdefault(name.lower(), []).append(value)
    return {name: ", ".join(values) for name, values in found.items()}
