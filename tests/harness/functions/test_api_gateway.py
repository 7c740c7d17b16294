"""API Gateway's events, held against an independent reader of them."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from aws_lambda_powertools.utilities.data_classes import (
    APIGatewayProxyEvent,
    APIGatewayProxyEventV2,
)
from hypothesis import given
from hypothesis import strategies as st

from harness.core.http import Request
from harness.functions.events import (
    http_api_event,
    rest_event,
)
from tests.harness.functions.event_values import EPOCH_MS, TEXT, VALUES

BODIES = st.none() | TEXT
NAMES = st.from_regex(r"X-[A-Za-z0-9]{1,8}", fullmatch=True)
HEADERS = st.dictionaries(NAMES, VALUES, max_size=5).filter(
    lambda headers: len({name.lower() for name in headers}) == len(headers)
)
PATHS = TEXT.map(lambda text: f"/orders/{text}")
METHODS = st.sampled_from(["GET", "POST", "PUT", "DELETE"])


def rest(request: Request, path: str = "/orders/o-1", **options: Any) -> dict[str, Any]:
    """Make a REST API event of a request."""
    fixed: dict[str, Any] = {
        "resource": "/orders/{id}",
        "path_parameters": {"id": "o-1"},
        "request_id": "r-1",
        "epoch_ms": EPOCH_MS,
    }
    return rest_event(request, path=path, **{**fixed, **options})


def http_api(request: Request, path: str = "/orders/o-1", **options: Any) -> dict[str, Any]:
    """Make an HTTP API event of a request."""
    fixed: dict[str, Any] = {
        "route_key": "GET /orders/{id}",
        "path_parameters": {"id": "o-1"},
        "request_id": "r-1",
        "epoch_ms": EPOCH_MS,
    }
    return http_api_event(request, path=path, **{**fixed, **options})


class TestRestEvent:
    """API Gateway REST API, payload format 1.0."""

    def test_headers(self) -> None:
        """Some names are spelled anew, some left out, as in LocalStack's snapshots of AWS."""
        sent = (("aUThorization", "a"), ("user-agent", "u"), ("tEsT", "t"),
                ("Connection", "close"), ("content-length", "0"))
        found = [name for name in rest(Request("GET", "/", sent))["headers"] if name[0] not in "HX"]
        assert found == ["Authorization", "User-Agent", "tEsT"]

    @given(METHODS, PATHS, HEADERS, BODIES)
    def test_gives_back_what_was_sent(
        self, method: str, path: str, headers: dict[str, str], body: str | None
    ) -> None:
        """An independent reader finds method, path, headers, body and id in the event."""
        sent = Request(method, "/ignored", tuple(headers.items()), body)
        event = APIGatewayProxyEvent(json.loads(json.dumps(rest(sent, path))))
        read = (event.http_method, event.path, event.body, event.request_context.request_id)
        assert read == (method, path, body or None, "r-1")
        assert {name: event.headers[name.swapcase()] for name in headers} == headers

    @given(TEXT)
    def test_base64_round_trip(self, body: str) -> None:
        """A body passed in base64 decodes to what was sent, whatever Unicode it holds."""
        event = APIGatewayProxyEvent(rest(Request("POST", "/", (), body), base64=True))
        assert (event.decoded_body or "") == body
        assert event.is_base64_encoded is bool(body)

    @pytest.mark.parametrize("body", [None, ""])
    @pytest.mark.parametrize("encoded", [True, False])
    def test_no_body_is_null(self, body: str | None, encoded: bool) -> None:
        """No body and an empty body are both null and never in base64."""
        event = rest(Request("GET", "/", (), body), base64=encoded)
        assert (event["body"], event["isBase64Encoded"]) == (None, False)

    def test_members_are_those_of_the_document(self) -> None:
        """Every member is there, null where there is nothing."""
        event = rest(Request("GET", "/"), path_parameters=None)
        nulls = {name for name, value in event.items() if value is None}
        assert nulls == {
            "queryStringParameters",
            "multiValueQueryStringParameters",
            "pathParameters",
            "stageVariables",
            "body",
        }
        assert event.keys() - nulls == {
            "resource",
            "path",
            "httpMethod",
            "headers",
            "multiValueHeaders",
            "requestContext",
            "isBase64Encoded",
        }

    def test_repeated_headers(self) -> None:
        """Of a repeated header the last value is in headers, all of them in multiValueHeaders."""
        event = rest(Request("GET", "/", (("X-A", "1"), ("x-a", "2"))))
        assert (event["headers"]["X-A"], event["multiValueHeaders"]["X-A"]) == ("2", ["1", "2"])
        assert "x-a" not in event["headers"]

    def test_query_string(self) -> None:
        """Query parameters are decoded; of a repeated one the last is the single value."""
        event = rest(Request("GET", "/orders?a=1&a=b+%2F&empty="))
        assert event["queryStringParameters"] == {"a": "b /", "empty": ""}
        assert event["multiValueQueryStringParameters"] == {"a": ["1", "b /"], "empty": [""]}

    def test_context(self) -> None:
        """The request context has the stage's path and the time in the common log format."""
        event = rest(Request("GET", "/", (("user-agent", "tests"),)), stage="live")
        context = event["requestContext"]
        assert context["path"] == "/live/orders/o-1"
        assert context["requestTime"] == "04/Mar/2020:19:15:17 +0000"
        assert context["requestTimeEpoch"] == EPOCH_MS
        assert context["identity"]["userAgent"] == "tests"

    def test_headers_of_the_gateway(self) -> None:
        """API Gateway adds headers of its own and leaves a client's of that name alone."""
        event = rest(Request("GET", "/", (("host", "orders.example"),)))
        assert event["headers"]["host"] == "orders.example"
        assert "Host" not in event["headers"]
        assert event["headers"]["X-Forwarded-Proto"] == "https"

    def test_is_pure(self) -> None:
        """The same arguments make the same event."""
        assert rest(Request("GET", "/")) == rest(Request("GET", "/"))


class TestHttpApiEvent:
    """API Gateway HTTP API, payload format 2.0."""

    @given(METHODS, PATHS, HEADERS, BODIES, st.sampled_from(["$default", "live"]))
    def test_gives_back_what_was_sent(
        self, method: str, path: str, headers: dict[str, str], body: str | None, stage: str
    ) -> None:
        """An independent reader finds method, path, headers, body and id in the event."""
        sent = Request(method, "/ignored", tuple(headers.items()), body)
        event = APIGatewayProxyEventV2(json.loads(json.dumps(http_api(sent, path, stage=stage))))
        read = (event.http_method, event.path, event.body, event.request_context.request_id)
        assert read == (method, path, body or None, "r-1")
        assert {name: event.headers[name.swapcase()] for name in headers} == headers

    @given(TEXT)
    def test_base64_round_trip(self, body: str) -> None:
        """A body passed in base64 decodes to what was sent, whatever Unicode it holds."""
        event = APIGatewayProxyEventV2(http_api(Request("POST", "/", (), body), base64=True))
        assert (event.decoded_body or "") == body
        assert event.is_base64_encoded is bool(body)

    @pytest.mark.parametrize("body", [None, ""])
    def test_members_with_nothing_in_them_are_absent(self, body: str | None) -> None:
        """Without body, cookies, query and path parameters there are no such members."""
        event = http_api(Request("GET", "/", (), body), path_parameters=None)
        optional = {"body", "cookies", "queryStringParameters", "pathParameters"}
        assert event.keys() & optional == set()

    def test_headers(self) -> None:
        """Names are lower-cased, repeated headers joined, cookies moved to their own member."""
        headers = (("X-A", "1"), ("x-a", "2"), ("Cookie", "a=1; b=2"), ("cookie", "c=3"))
        event = http_api(Request("GET", "/", headers))
        assert event["headers"]["x-a"] == "1,2"
        assert event["cookies"] == ["a=1", "b=2", "c=3"]
        assert {name for name in event["headers"] if name != name.lower() or name == "cookie"} == (
            set()
        )

    @given(st.lists(st.tuples(st.sampled_from("ab"), TEXT), max_size=4))
    def test_query_string(self, pairs: list[tuple[str, str]]) -> None:
        """The raw query string is as sent; repeated parameters are joined."""
        raw = urlencode(pairs)
        event = http_api(Request("GET", f"/orders?{raw}"))
        expected = {n: ",".join(v for name, v in pairs if name == n) for n, _ in pairs}
        assert event["rawQueryString"] == raw
        assert event.get("queryStringParameters", {}) == expected
