"""API Gateway's responses to results, and its limits."""

from __future__ import annotations

import base64
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.http import Request, Response
from harness.functions.events import (
    LAMBDA_SYNC_LIMIT,
    REST_PAYLOAD_LIMIT,
    Payload,
    error_response,
    event_rejection,
    front_door_rejection,
    http_response,
    timeout_response,
)
from tests.harness.functions.event_values import JSON, TEXT

REST_REPLIES: list[tuple[str, Any, int, str]] = [
    ("status and body", {"statusCode": 201, "body": "x"}, 201, "x"),
    ("numeric string", {"statusCode": "201"}, 201, ""),
    ("whole float", {"statusCode": 200.0}, 200, ""),
    ("no status", {"headers": {"a": "b"}}, 200, ""),
    ("empty object", {}, 200, ""),
    ("null members", {"statusCode": 200, "headers": None, "body": None}, 200, ""),
    ("number as body", {"statusCode": 200, "body": 42}, 200, "42"),
    ("base64", {"statusCode": 200, "body": "w6k=", "isBase64Encoded": True}, 200, "é"),
    ("base64, not UTF-8", {"statusCode": 200, "body": "6Q==", "isBase64Encoded": True}, 200, "é"),
    ("not marked base64", {"statusCode": 200, "body": "w6k="}, 200, "w6k="),
    ("object as body", {"statusCode": 200, "body": {"a": 1}}, 502, ""),
    ("list as body", {"statusCode": 200, "body": [1]}, 502, ""),
    ("unknown member", {"statusCode": 200, "cookies": []}, 502, ""),
    ("the view itself", {"orderId": "o-1", "customer": "c"}, 502, ""),
    ("status no number", {"statusCode": "ok"}, 502, ""),
    ("status a boolean", {"statusCode": True}, 502, ""),
    ("status a fraction", {"statusCode": 200.5}, 502, ""),
    ("status out of range", {"statusCode": 99}, 502, ""),
    ("header an object", {"statusCode": 200, "headers": {"a": {}}}, 502, ""),
    ("headers a list", {"statusCode": 200, "headers": []}, 502, ""),
    ("multi-value a string", {"statusCode": 200, "multiValueHeaders": {"a": "b"}}, 502, ""),
    ("not base64", {"statusCode": 200, "body": "é", "isBase64Encoded": True}, 502, ""),
    ("NaN", {"statusCode": 200, "body": float("nan")}, 502, ""),
    ("null", None, 502, ""),
    ("a string", "ok", 502, ""),
    ("a list", [], 502, ""),
    ("no JSON", {"statusCode": 200, "body": b"x"}, 502, ""),
]
HTTP_API_REPLIES: list[tuple[str, Any, int, str, str]] = [
    ("status and body", {"statusCode": 201, "body": "x"}, 201, "text/plain; charset=utf-8", "x"),
    ("numeric string", {"statusCode": "201"}, 201, "text/plain; charset=utf-8", ""),
    ("unknown member", {"statusCode": 200, "x": 1}, 200, "text/plain; charset=utf-8", ""),
    ("own type", {"statusCode": 200, "headers": {"content-type": "a/b"}}, 200, "a/b", ""),
    ("the view itself", {"orderId": "o-1"}, 200, "application/json", '{"orderId": "o-1"}'),
    ("a string", "hello", 200, "application/json", "hello"),
    ("null", None, 200, "application/json", "null"),
    ("a list", [1], 200, "application/json", "[1]"),
    ("a Decimal", {"n": Decimal("1.50")}, 200, "application/json", '{"n": 1.5}'),
    ("an error's shape", {"errorMessage": "x"}, 500, "application/json", ""),
    ("object as body", {"statusCode": 200, "body": {}}, 500, "application/json", ""),
    ("status no number", {"statusCode": "ok"}, 500, "application/json", ""),
    ("status null", {"statusCode": None}, 500, "application/json", ""),
    ("cookies no list", {"statusCode": 200, "cookies": {}}, 500, "application/json", ""),
    ("no JSON", {1, 2}, 500, "application/json", ""),
]


class TestHttpResponse:
    """The response to a client."""

    @pytest.mark.parametrize(
        ("result", "status", "body"),
        [row[1:] for row in REST_REPLIES],
        ids=[r[0] for r in REST_REPLIES],
    )
    def test_rest(self, result: Any, status: int, body: str) -> None:
        """A proxy response is passed on, as JSON by default; a malformed one is a 502."""
        failed = Response(
            502, (("Content-Type", "application/json"),), '{"message": "Internal server error"}'
        )
        reply = http_response(result, payload="1.0")
        if status == 502:
            assert reply == failed
        else:
            assert (reply.status, reply.header("content-type"), reply.body) == (
                status,
                "application/json",
                body,
            )

    @pytest.mark.parametrize(
        ("result", "status", "content_type", "body"),
        [row[1:] for row in HTTP_API_REPLIES],
        ids=[row[0] for row in HTTP_API_REPLIES],
    )
    def test_http_api(self, result: Any, status: int, content_type: str, body: str) -> None:
        """A result with a statusCode is a response, any other value is the body of a 200."""
        reply = http_response(result, payload="2.0")
        expected = body if status != 500 else '{"message":"Internal Server Error"}'
        assert (reply.status, reply.header("content-type"), reply.body) == (
            status,
            content_type,
            expected,
        )

    def test_rest_headers_are_merged(self) -> None:
        """Both maps give one list of headers; a pair in both is there once."""
        result = {
            "headers": {"a": "1", "flag": True, "Content-Type": "text/html"},
            "multiValueHeaders": {"A": ["1", "2"]},
        }
        assert http_response(result, payload="1.0").headers == (
            ("A", "1"),
            ("A", "2"),
            ("flag", "true"),
            ("Content-Type", "text/html"),
        )

    def test_http_api_cookies(self) -> None:
        """Each cookie becomes a Set-Cookie header."""
        reply = http_response({"statusCode": 204, "cookies": ["a=1", "b=2"]}, payload="2.0")
        assert reply.headers[:2] == (("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"))

    @given(JSON, st.sampled_from(["1.0", "2.0"]))
    def test_any_json_value_gives_a_response(self, result: Any, payload: Payload) -> None:
        """No JSON value makes the reader raise."""
        assert 100 <= http_response(result, payload=payload).status <= 599

    @given(TEXT)
    def test_base64_round_trip(self, body: str) -> None:
        """A body returned in base64 reaches the client as the text it encodes."""
        encoded = base64.b64encode(body.encode()).decode()
        result = {"statusCode": 200, "body": encoded, "isBase64Encoded": True}
        assert http_response(result, payload="1.0").body == body

    @pytest.mark.parametrize(
        ("reply", "status", "message"),
        [
            (error_response("1.0"), 502, "Internal server error"),
            (error_response("2.0"), 500, "Internal Server Error"),
            (timeout_response("1.0"), 504, "Endpoint request timed out"),
            (timeout_response("2.0"), 503, "Service Unavailable"),
        ],
    )
    def test_failures(self, reply: Response, status: int, message: str) -> None:
        """A function that raised or took too long gives API Gateway's own words."""
        assert (reply.status, reply.json()) == (status, {"message": message})


class TestPayloadSize:
    """Requests that API Gateway itself refuses."""

    @pytest.mark.parametrize(
        ("body", "refused"),
        [
            (None, False),
            ("x" * REST_PAYLOAD_LIMIT, False),
            ("x" * (REST_PAYLOAD_LIMIT + 1), True),
            ("é" * (REST_PAYLOAD_LIMIT // 2 + 1), True),
        ],
        ids=["none", "at the limit", "over", "over in bytes"],
    )
    def test_front_door(self, body: str | None, refused: bool) -> None:
        """A body over 10 MiB, counted in bytes, is refused before a function runs."""
        reply = front_door_rejection(Request("POST", "/orders", (), body))
        assert (reply is not None) is refused

    def test_words(self) -> None:
        """The refusal is a 413 that says so."""
        reply = front_door_rejection(Request("POST", "/", (), "x" * (REST_PAYLOAD_LIMIT + 1)))
        assert reply is not None
        assert (reply.status, reply.json()) == (413, {"message": "Request Too Long"})

    @pytest.mark.parametrize(("extra", "refused"), [(0, False), (1, True)])
    def test_event(self, extra: int, refused: bool) -> None:
        """An event over Lambda's limit for synchronous invocations is refused."""
        event = {"body": "x" * (LAMBDA_SYNC_LIMIT - len('{"body":""}') + extra)}
        assert (event_rejection(event) is not None) is refused
