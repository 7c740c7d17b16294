"""The envelopes AWS puts around a Lambda function, held against an independent reader of them."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest
from aws_lambda_powertools.utilities.data_classes import (
    APIGatewayProxyEvent,
    APIGatewayProxyEventV2,
    EventBridgeEvent,
    SQSEvent,
)
from hypothesis import given
from hypothesis import strategies as st

from harness.core.bus_entry import BusEntry
from harness.core.http import Request, Response
from harness.functions.events import (
    LAMBDA_SYNC_LIMIT,
    REST_PAYLOAD_LIMIT,
    MalformedDetailError,
    NotJsonError,
    Payload,
    SqsMessage,
    TargetInputError,
    batch_failures,
    error_response,
    event_bridge_event,
    event_rejection,
    front_door_rejection,
    http_api_event,
    http_response,
    rest_event,
    sqs_event,
    target_input,
    timeout_response,
    to_json,
)

EPOCH_MS = 1_583_349_317_135
QUEUE_ARN = "arn:aws:sqs:eu-west-3:123456789012:commands"

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
BODIES = st.none() | TEXT
NAMES = st.from_regex(r"X-[A-Za-z0-9]{1,8}", fullmatch=True)
VALUES = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1)
HEADERS = st.dictionaries(NAMES, VALUES, max_size=5).filter(
    lambda headers: len({name.lower() for name in headers}) == len(headers)
)
PATHS = TEXT.map(lambda text: f"/orders/{text}")
METHODS = st.sampled_from(["GET", "POST", "PUT", "DELETE"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
).filter(lambda value: "Infinity" not in json.dumps(value))


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
    """What the client receives."""

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
    """What API Gateway refuses by itself."""

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


MESSAGES = [SqsMessage("m1", "a"), SqsMessage("m2", "b")]
NONE: set[str] = set()
ALL = {"m1", "m2"}


def report(*identifiers: Any) -> dict[str, Any]:
    """Report failures as the document says."""
    return {"batchItemFailures": [{"itemIdentifier": each} for each in identifiers]}


# AWS Lambda Developer Guide, "Handling errors for an SQS event source in Lambda".
BATCH_REPORTS: list[tuple[str, Any, bool, set[str]]] = [
    ("partial responses are off", report("m1"), False, NONE),
    ("off, and no report", "ok", False, NONE),
    ("one failure", report("m1"), True, {"m1"}),
    ("every message failed", report("m1", "m2"), True, ALL),
    ("the same failure twice", report("m2", "m2"), True, {"m2"}),
    ("an empty batchItemFailures list", {"batchItemFailures": []}, True, NONE),
    ("a null batchItemFailures list", {"batchItemFailures": None}, True, NONE),
    ("an empty EventResponse", {}, True, NONE),
    ("a null EventResponse", None, True, NONE),
    ("no such member", {"statusCode": 200}, True, NONE),
    ("member misspelt", {"batchItemFailure": [{"itemIdentifier": "m1"}]}, True, NONE),
    ("member in capitals", {"BatchItemFailures": [{"ItemIdentifier": "m1"}]}, True, NONE),
    ("an invalid response", "ok", True, ALL),
    ("a list", ["m1"], True, ALL),
    ("failures not a list", {"batchItemFailures": "m1"}, True, ALL),
    ("failures not objects", {"batchItemFailures": ["m1"]}, True, ALL),
    ("an empty string itemIdentifier", report(""), True, ALL),
    ("a null itemIdentifier", report(None), True, ALL),
    ("a bad key name", {"batchItemFailures": [{"itemId": "m1"}]}, True, ALL),
    ("a message ID that doesn't exist", report("m3"), True, ALL),
    ("an identifier that is no string", report(1), True, ALL),
    ("a good and a bad one", report("m1", ""), True, ALL),
    ("a good and an unknown one", report("m1", "m3"), True, ALL),
]


class TestSqs:
    """Lambda's event source mapping for a queue."""

    @given(st.dictionaries(VALUES, st.tuples(TEXT, st.integers(1, 9)), min_size=1, max_size=5))
    def test_gives_back_the_messages(self, sent: dict[str, tuple[str, int]]) -> None:
        """An independent reader finds ids, bodies and receive counts in the batch."""
        messages = [SqsMessage(name, body, count) for name, (body, count) in sent.items()]
        made = sqs_event(messages, queue_arn=QUEUE_ARN, epoch_ms=EPOCH_MS)
        records = SQSEvent(json.loads(json.dumps(made))).records
        read = {
            r.message_id: (r.body, int(r.attributes.approximate_receive_count)) for r in records
        }
        assert read == sent

    def test_record(self) -> None:
        """A record has every member of the document, and the digest of its body."""
        made = sqs_event([SqsMessage("m1", "é")], queue_arn=QUEUE_ARN, epoch_ms=EPOCH_MS)
        record = made["Records"][0]
        assert record["md5OfBody"] == hashlib.md5("é".encode()).hexdigest()
        assert (record["awsRegion"], record["eventSource"]) == ("eu-west-3", "aws:sqs")
        assert record["attributes"]["SentTimestamp"] == str(EPOCH_MS)
        assert record.keys() == {
            "messageId",
            "receiptHandle",
            "body",
            "attributes",
            "messageAttributes",
            "md5OfBody",
            "eventSource",
            "eventSourceARN",
            "awsRegion",
        }

    def test_system_attributes(self) -> None:
        """Further system attributes stand beside those made here."""
        message = SqsMessage("m1", "", attributes={"MessageGroupId": "g"})
        made = sqs_event([message], queue_arn=QUEUE_ARN, epoch_ms=EPOCH_MS)
        assert made["Records"][0]["attributes"].items() >= {
            ("MessageGroupId", "g"),
            ("ApproximateReceiveCount", "1"),
        }

    def test_receipt_handle(self) -> None:
        """A message received again has another receipt handle."""
        batch = [SqsMessage("m1", "a", 1), SqsMessage("m1", "a", 2)]
        made = sqs_event(batch, queue_arn=QUEUE_ARN, epoch_ms=EPOCH_MS)
        assert len({record["receiptHandle"] for record in made["Records"]}) == 2

    @pytest.mark.parametrize(
        ("result", "partial", "retried"),
        [row[1:] for row in BATCH_REPORTS],
        ids=[row[0] for row in BATCH_REPORTS],
    )
    def test_report(self, result: Any, partial: bool, retried: set[str]) -> None:
        """The messages that return to the queue are those the document says."""
        assert batch_failures(result, MESSAGES, partial=partial) == retried


def bus_event(detail: Any = None, **options: Any) -> dict[str, Any]:
    """Make the event of an entry with this detail."""
    text = json.dumps({} if detail is None else detail)
    entry = BusEntry("orders", "OrderCreated", text, **options)
    return event_bridge_event(
        entry,
        event_id="e-1",
        time="2020-03-04T19:15:17Z",
        account="123456789012",
        region="eu-west-3",
    )


class TestEventBridgeEvent:
    """The event a rule delivers."""

    @given(st.dictionaries(TEXT, JSON, max_size=4), TEXT, st.lists(TEXT, max_size=2))
    def test_gives_back_the_entry(
        self, detail: dict[str, Any], source: str, resources: list[str]
    ) -> None:
        """An independent reader finds the entry's members and the event's id."""
        entry = BusEntry(source, "OrderCreated", json.dumps(detail), tuple(resources))
        made = event_bridge_event(entry, event_id="e-1", time="t", account="a", region="r")
        event = EventBridgeEvent(json.loads(json.dumps(made)))
        read = (event.get_id, event.source, event.detail_type, event.detail, event.resources)
        assert read == ("e-1", source, "OrderCreated", detail, resources)

    def test_members(self) -> None:
        """The envelope has exactly the members of the document."""
        assert bus_event({"orderId": "o-1"}) == {
            "version": "0",
            "id": "e-1",
            "detail-type": "OrderCreated",
            "source": "orders",
            "account": "123456789012",
            "time": "2020-03-04T19:15:17Z",
            "region": "eu-west-3",
            "resources": [],
            "detail": {"orderId": "o-1"},
        }

    def test_own_time(self) -> None:
        """An entry's own time wins over the time of publication."""
        assert bus_event(time="2019-01-01T00:00:00Z")["time"] == "2019-01-01T00:00:00Z"

    @pytest.mark.parametrize("detail", ["", "{", "[]", '"x"', "null", '{"a": NaN}', "[" * 100_000])
    def test_malformed_detail(self, detail: str) -> None:
        """A detail that is no JSON object is refused."""
        with pytest.raises(MalformedDetailError):
            event_bridge_event(
                BusEntry("s", "t", detail), event_id="e", time="t", account="a", region="r"
            )


EVENT = bus_event(
    {"instance-id": "i-1", "state": "RUNNING", "n": 1.5, "gone": None, "tags": [{"k": 'a"b'}]}
)
PATHS_MAP = {
    "instance": "$.detail.instance-id",
    "state": "$.detail.state",
    "n": "$.detail.n",
    "gone": "$.detail.gone",
    "tags": "$.detail.tags",
    "quoted": "$.detail.tags[0].k",
    "missing": "$.detail.no.such",
}

# Amazon EventBridge User Guide, "Amazon EventBridge input transformation", examples and issues.
TEMPLATES: list[tuple[str, str, Any]] = [
    ("string", '"instance <instance> is in <state>"', "instance i-1 is in RUNNING"),
    ("escaped quotes", '"instance \\"<instance>\\" is in <state>"', 'instance "i-1" is in RUNNING'),
    ("JSON", '{"i": <instance>, "s": <state>}', {"i": "i-1", "s": "RUNNING"}),
    ("JSON, quoted", '{"i": <instance>, "s": "<state>"}', {"i": "i-1", "s": "RUNNING"}),
    ("mix", '{"s": [9, <state>, true], "T": "Yes"}', {"s": [9, "RUNNING", True], "T": "Yes"}),
    ("number", '{"a": <n>, "b": "<n>"}', {"a": 1.5, "b": "1.5"}),
    ("null", '{"a": <gone>}', {"a": None}),
    ("list", '{"a": <tags>}', {"a": [{"k": 'a"b'}]}),
    ("list without key", "<tags>", [{"k": 'a"b'}]),
    ("string outside quotes is escaped", '{"a": <quoted>}', {"a": 'a"b'}),
    ("missing", '{"a": <missing>, "b": "[<missing>]"}', {"a": "", "b": "[]"}),
    ("list in a string", '{"a": "<n> of <resources>"}', {"a": "1.5 of []"}),
    ("rule", '"<aws.events.rule-name> of <aws.events.rule-arn>"', "rule of arn"),
    (
        "ingestion",
        "{'t': <aws.events.event.ingestion-time>}".replace("'", '"'),
        {"t": EVENT["time"]},
    ),
    ("whole event", '{"e": <aws.events.event.json>}', {"e": EVENT}),
    ("plain text", "<instance> is in state <state>", "i-1 is in state RUNNING"),
    ("other angles", '"1 < 2 > 0 <state>"', "1 < 2 > 0 RUNNING"),
]


def transformed(template: str) -> Any:
    """Transform the example event with a template."""
    transformer = {
        "InputPathsMap": {**PATHS_MAP, "resources": "$.resources"},
        "InputTemplate": template,
    }
    return target_input(EVENT, input_transformer=transformer, rule_arn="arn", rule_name="rule")


class TestTargetInput:
    """What a target receives in place of the event."""

    @pytest.mark.parametrize(
        ("template", "expected"), [row[1:] for row in TEMPLATES], ids=[row[0] for row in TEMPLATES]
    )
    def test_template(self, template: str, expected: Any) -> None:
        """A template is filled in as the document's examples are."""
        assert transformed(template) == expected

    def test_event_without_detail(self) -> None:
        """The predefined aws.events.event has everything but the detail."""
        head = transformed('{"e": <aws.events.event>}')["e"]
        assert head.keys() == EVENT.keys() - {"detail", "detail-type"} | {"detailType"}

    @pytest.mark.parametrize("template", ['{"a": "<quoted>"}', '{"a": }', "{<unknown>: 1}", "<no>"])
    def test_bad_template(self, template: str) -> None:
        """A template whose outcome is no JSON, or that names no variable, is refused."""
        with pytest.raises(TargetInputError):
            transformed(template)

    def test_nothing_set(self) -> None:
        """Without settings the target receives an event of its own."""
        event = copy.deepcopy(EVENT)
        target_input(event)["detail"]["state"] = "changed"
        assert target_input(event) == EVENT

    def test_input(self) -> None:
        """Input is constant JSON."""
        assert target_input(EVENT, input='{"a": 1}') == {"a": 1}

    @pytest.mark.parametrize(
        ("path", "expected"),
        [
            ("$", EVENT),
            ("$.detail-type", "OrderCreated"),
            ("$.detail.tags[0].k", 'a"b'),
            ("$.detail.tags[7]", None),
            ("$.detail.no.such", None),
            ("$.source.deeper", None),
        ],
    )
    def test_input_path(self, path: str, expected: Any) -> None:
        """InputPath chooses a part of the event."""
        assert target_input(EVENT, input_path=path) == expected

    @pytest.mark.parametrize(
        "settings",
        [
            {"input": "{"},
            {"input_path": "detail"},
            {"input_path": "$.detail.*"},
            {"input_path": "$.detail['a']"},
            {"input_transformer": {}},
            {"input_transformer": {"InputTemplate": "1", "InputPathsMap": {"a": "detail"}}},
            {"input": "{}", "input_path": "$"},
        ],
    )
    def test_bad_settings(self, settings: dict[str, Any]) -> None:
        """A setting that cannot be used is a typed error, not a crash."""
        with pytest.raises(TargetInputError):
            target_input(EVENT, **settings)

    @given(JSON)
    def test_a_value_outside_quotes_keeps_its_type(self, value: Any) -> None:
        """Whatever a variable holds, it comes through a JSON template unchanged."""
        transformer = {"InputPathsMap": {"v": "$.detail.v"}, "InputTemplate": '{"v": <v>}'}
        assert target_input(bus_event({"v": value}), input_transformer=transformer) == {"v": value}


class TestToJson:
    """What the runtime can marshal."""

    @given(JSON)
    def test_round_trip(self, value: Any) -> None:
        """A JSON value comes back as it was."""
        assert json.loads(to_json(value)) == value

    @pytest.mark.parametrize(
        ("value", "text"),
        [
            (Decimal("1.50"), "1.5"),
            (Decimal("3"), "3"),
            (Decimal("12345678901234567890"), "12345678901234567890"),
            (Decimal("1E+2"), "100"),
            ((1, 2), "[1, 2]"),
        ],
    )
    def test_decimal_and_tuple(self, value: Any, text: str) -> None:
        """The runtime writes a Decimal as a number and a tuple as a list."""
        assert to_json(value) == text

    def test_unserialisable(self) -> None:
        """What has no JSON is a typed error with the type, the reason and Lambda's name for it."""
        with pytest.raises(NotJsonError, match="Unable to marshal response") as caught:
            to_json({"a": {1}})
        error = caught.value
        assert (error.result_type, error.error_type) == ("dict", "Runtime.MarshalError")
        assert error.reason == "Object of type set is not JSON serializable"

    def test_endless(self) -> None:
        """A result that contains itself, or nests without end, is the same error."""
        endless: list[Any] = []
        endless.append(endless)
        deep: list[Any] = []
        for _ in range(200_000):
            deep = [deep]
        for value in (endless, deep):
            with pytest.raises(NotJsonError):
                to_json(value)
