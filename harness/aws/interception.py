"""The one place that every AWS request of a function passes.

moto answers botocore's requests from one stubber; while a stage is open that stubber is
wrapped, so each attempt (SDK retries included) can be attributed to the invocation that
runs, recorded, answered by somebody else than moto, or made to fail. What a process sends
arrives over HTTP and goes the same way. One function runs at a time (decision 0009), so
"the invocation that runs" is one value, and calls made from threads that an implementation
starts are attributed as well (decision 0024).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError

from harness.aws import partiql_requests, sqs_forms
from harness.aws.calls import REGION, Call, KeyNames, read_call
from harness.aws.limits import Refusal, refusal, unmet_condition
from harness.aws.permissions import ENCRYPTION
from harness.aws.regions import address_here
from harness.aws.responses import respond
from harness.aws.sdk_requests import AwsRequest, read_request
from harness.core.dynamodb_numbers import NumberRefusedError, with_plain_numbers
from harness.core.http import RawRequest, RawResponse
from harness.seams import moto
from harness.seams.botocore import HTTPHeaders

if TYPE_CHECKING:
    from collections.abc import Iterator

CONDITIONS = ("If-Match", "If-None-Match")
"""Headers that make a request conditional."""
CONDITIONAL_COPIES = frozenset({"CopyObject", "CompleteMultipartUpload"})
"""Conditional writes whose conditions moto does not heed."""


class Perform(Protocol):
    """Makes a call, with another body than it has if one is given."""

    def __call__(self, body: bytes | None = None) -> AWSResponse | None:
        """Make the call and give its response, if there is one."""


Make = Callable[[], AWSResponse | None]
Answer = Callable[[Call], tuple[int, dict[str, str], str]]
LINE = "x-cqrs-line"
"""The header by which our own runtime tells the line of a call."""
PATIENCE = "x-cqrs-patience-ms"
"""The one by which it tells how long the call's client waits."""


@dataclass
class Interceptor:
    """Wraps moto's stubber. ``around`` sees every call and decides what becomes of it.

    ``answer`` is what processes get; None where there is no such service. ``answers`` maps
    (service, operation) to a function that answers the call instead: status, headers and body.
    ``page`` is the most keys a listing gives. ``keys``: of which attributes the tables' keys are.
    """

    around: Callable[[Call, Perform], AWSResponse | None]
    active: Callable[[], bool]
    answer: Callable[[AwsRequest], AWSResponse | None] = lambda asked: None
    answers: dict[tuple[str, str], Answer] = field(default_factory=dict)
    page: int = 1000
    keys: KeyNames = field(default_factory=dict)

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Intercept while the context lasts."""
        with moto.requests_handled_by(self._handle):
            yield

    def _handle(
        self, event_name: str, request: AWSPreparedRequest, perform: Make
    ) -> AWSResponse | None:
        _, service, operation = event_name.split(".", 2)
        address_here(request)
        return self._intercept(service, operation, request, perform)

    def over_http(self, raw: RawRequest) -> RawResponse | None:
        """Answer what a process sends; None if it gets no answer."""
        asked = read_request(raw, REGION)
        if not sqs_forms.is_form(asked):
            return self._answered(asked)
        response = self._answered(sqs_forms.with_json(asked))
        return None if response is None else sqs_forms.as_xml(asked.operation, response)

    def _answered(self, asked: AwsRequest) -> RawResponse | None:
        address_here(asked.prepared)
        try:
            response = self._intercept(asked.service, asked.operation, asked.prepared,
                                       lambda: self.answer(asked))
        except (ConnectTimeoutError, ReadTimeoutError):
            return None
        if response is None:
            return RawResponse(501)
        headers = tuple((str(name), str(value)) for name, value in response.headers.items())
        return RawResponse(response.status_code, headers, response.content)

    def _intercept(
        self, service: str, operation: str, request: AWSPreparedRequest, perform: Make
    ) -> AWSResponse | None:
        if not self.active():
            return perform()
        if service == "s3" and operation.startswith("ListObjects"):
            request.url = with_page(request.url, self.page)
            if operation == "ListObjects" and "delimiter=" not in request.url:
                perform = partial(_without_next_marker, perform)
        headers = {str(name).lower(): _text(value) for name, value in request.headers.items()}
        refused = _with_plain_numbers(request) if service == "dynamodb" else None
        if operation == "UpdateItem":
            _with_updates(request)
        body = _body(request)
        asked = read_call(service, operation, request.url, body, keys=self.keys)
        condition = next((name for name in CONDITIONS if name.lower() in headers), "")
        call = replace(asked, body=body, conditional=condition, line=headers.get(LINE, ""),
                       mode=headers.get("x-amz-invocation-type", ""),
                       encryption=headers.get(ENCRYPTION, ""),
                       patience=_seconds(headers.get(PATIENCE, "")))
        refused = refused or refusal(call, headers, self.keys)
        if refused is not None:
            return self.around(call, lambda _=None: _refuse(request, service, refused))
        return self.around(call, self._way(call, request, headers, perform))

    def _way(
        self, call: Call, request: AWSPreparedRequest, headers: Mapping[str, str], perform: Make
    ) -> Perform:
        """The way in which a call is made: by the harness, translated, or as it is."""
        answer = self.answers.get((call.service, call.operation))
        if answer is not None:
            return lambda other=None: respond(
                request.url, *answer(call if other is None else replace(call, body=other)))
        if call.operation in partiql_requests.OPERATIONS:
            return lambda _=None: partiql_requests.performed(
                call, self.keys, partial(self._translated, request), perform)
        if call.conditional and call.operation in CONDITIONAL_COPIES:
            return lambda _=None: self._on_condition(call, request, headers, perform)
        return partial(_performed, request, perform)

    def _translated(
        self, request: AWSPreparedRequest, perform: Make, operation: str, document: Any
    ) -> AWSResponse | None:
        """Have another operation of DynamoDB's performed in the place of a request's."""
        request.headers["X-Amz-Target"] = f"DynamoDB_20120810.{operation}"
        return _performed(request, perform, json.dumps(document).encode())

    def _on_condition(
        self, call: Call, request: AWSPreparedRequest, headers: Mapping[str, str], perform: Make
    ) -> AWSResponse | None:
        """Perform a copy, or the end of an upload, if the object there now is as it asks."""
        url = urlsplit(request.url)._replace(query="").geturl()
        signed = HTTPHeaders()
        signed["Authorization"] = headers.get("authorization", "")
        head = AWSPreparedRequest("HEAD", url, signed, b"", False)
        found = self.answer(AwsRequest("s3", "HeadObject", REGION, head))
        etag = found.headers.get("ETag") if found is not None and found.status_code < 300 else None
        refused = unmet_condition(headers, etag, call.key)
        return _refuse(request, "s3", refused) if refused else perform()


def _seconds(milliseconds: str) -> float:
    return int(milliseconds) / 1000 if milliseconds.isdecimal() else 0.0


def _with_plain_numbers(request: AWSPreparedRequest) -> Refusal | None:
    """Write a request's numbers as DynamoDB does; gives its refusal of one that it cannot keep."""
    try:
        request.body = with_plain_numbers(_body(request))
    except NumberRefusedError as error:
        return Refusal("ValidationException", str(error))
    return None


def _with_updates(request: AWSPreparedRequest) -> None:
    """Say that an update changes nothing, where it has a key alone: moto fails otherwise.

    API reference, "UpdateItem": all but TableName and Key is optional.
    """
    body = _body(request)
    if b'"UpdateExpression"' not in body and b'"AttributeUpdates"' not in body:
        request.body = json.dumps({**json.loads(body), "AttributeUpdates": {}}).encode()


def _refuse(request: AWSPreparedRequest, service: str, refused: Refusal) -> AWSResponse:
    return respond(request.url, *refused.answer(service))


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _performed(
    request: AWSPreparedRequest, perform: Make, body: bytes | None = None
) -> AWSResponse | None:
    if body is not None:
        request.body = body
        request.headers["Content-Length"] = str(len(body))
    return perform()


def _body(request: AWSPreparedRequest) -> bytes:
    body = request.body
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode("utf-8")
    return bytes(body) if isinstance(body, bytes | bytearray) else b""


def _without_next_marker(perform: Make) -> AWSResponse | None:
    """A page as S3 gives it where no delimiter was asked for; moto always tells the next marker.

    API reference: "ListObjects", NextMarker.
    """
    response = perform()
    if response is None:
        return None
    headers = {n: v for n, v in response.headers.items() if n.lower() != "content-length"}
    body = re.sub(rb"<NextMarker>.*?</NextMarker>", b"", response.content, flags=re.DOTALL)
    return respond(response.url, response.status_code, headers, body)


def with_page(url: str, most: int) -> str:
    """A listing's URL that asks for no more than ``most`` keys."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    asked = query.get("max-keys", "")
    query["max-keys"] = str(min(int(asked), most) if asked.isdigit() else most)
    return urlunsplit(parts._replace(query=urlencode(query, quote_via=quote)))
