"""Base64 towards functions and back, as API Gateway's binary media types decide.

Sources: API Gateway Developer Guide, "Binary media types for REST APIs in API Gateway";
LocalStack's tests on AWS, test_aws_proxy_binary_response and
test_aws_proxy_response_payload_format_validation.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Literal

import pytest

from harness.core.http import Request
from harness.functions.events import http_response, is_binary, takes_binary
from harness.stages.controlled.front_door import ControlledFrontDoor
from harness.stages.controlled.running import Outcome
from harness.template import Route

ENCODED = {"statusCode": 200, "isBase64Encoded": True, "body": "eyJhIjogMX0="}
JSON = (("content-type", "application/json; charset=utf-8"),)


@pytest.mark.parametrize(("accept", "types", "taken"), [
    ("image/png", ["image/png"], True), ("image/png, image/*", ["image/png"], True),
    ("image/webp,image/png", ["image/png"], False), ("image/*", ["image/png"], False),
    ("*/*", ["image/png"], False), ("image/png", ["image/*"], True), ("image/png", [], False),
    ("", ["image/png"], False), ("", ["*/*"], True), ("text/html", ["*/*"], True)])
def test_replies(accept: str, types: list[str], taken: bool) -> None:
    """The first type that a client accepts decides about a reply in base64."""
    assert takes_binary((("Accept", accept),), types) == taken


@pytest.mark.parametrize(("types", "binary"), [
    (["application/json"], True), (["*/*"], True), (["application/*"], True),
    (["application/octet-stream"], False), ([], False)])
def test_requests(types: list[str], binary: bool) -> None:
    """The type of a request's content decides about its body."""
    assert is_binary(JSON, types) == binary


def test_base64_that_nobody_takes() -> None:
    """The client of a REST API without the type gets the text in base64."""
    assert http_response(ENCODED, payload="1.0", binary=False).body == "eyJhIjogMX0="


def sent(
    api: Literal["rest", "http"], payload: Literal["1.0", "2.0"], binary: tuple[str, ...],
    outcome: Outcome, *, base64: bool = False, path: str = "/orders",
) -> tuple[dict[str, Any], Any]:
    """The event that a function gets of a request, and the response."""
    found = Route("POST", path, payload, "f", "function", api, binary=binary)
    events: list[dict[str, Any]] = []

    def invoke(name: str, event: Any, role: Any) -> Outcome:
        events.append(event)
        return outcome

    template: Any = SimpleNamespace(routes=(found,))  # all that a door needs
    invocations: Any = SimpleNamespace(
        invoke=invoke, time=SimpleNamespace(epoch_ms=lambda: 0))
    queue: Any = None
    door = ControlledFrontDoor(template, invocations, queue, lambda: "r")
    response = door.send(Request("POST", "/orders", JSON, "{}"), base64=base64)
    return events[0], response


class TestFrontDoor:
    @pytest.mark.parametrize(("api", "binary", "base64", "encoded"), [
        ("rest", (), True, False), ("rest", ("application/octet-stream",), True, True),
        ("rest", ("application/octet-stream",), False, False), ("rest", ("*/*",), False, True),
        ("http", (), True, True), ("http", (), False, False)])
    def test_bodies(
        self, api: Literal["rest", "http"], binary: tuple[str, ...], base64: bool, encoded: bool
    ) -> None:
        """A REST API hands a body over in base64 for its binary media types alone."""
        event, _ = sent(api, "1.0", binary, Outcome({"statusCode": 200}), base64=base64)
        assert (event["isBase64Encoded"], event["body"]) == (encoded, "e30=" if encoded else "{}")

    @pytest.mark.parametrize(("api", "body"), [("rest", "eyJhIjogMX0="), ("http", '{"a": 1}')])
    def test_replies(self, api: Literal["rest", "http"], body: str) -> None:
        """A REST API decodes a reply for its binary media types alone, an HTTP API always."""
        assert sent(api, "1.0", (), Outcome(ENCODED))[1].body == body

    @pytest.mark.parametrize(("api", "status"), [("rest", 502), ("http", 500)])
    def test_failures(self, api: Literal["rest", "http"], status: int) -> None:
        """A function that raised is answered as the API does, whatever its payload's format."""
        assert sent(api, "1.0", (), Outcome(error="raised"))[1].status == status

    @pytest.mark.parametrize(("api", "version"), [("rest", None), ("http", "1.0")])
    def test_version(self, api: Literal["rest", "http"], version: str | None) -> None:
        """An HTTP API names the format 1.0."""
        assert sent(api, "1.0", (), Outcome({}))[0].get("version") == version
