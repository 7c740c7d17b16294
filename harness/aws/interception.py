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

from harness.aws import partiql
from harness.aws.calls import REGION, Call, KeyNames, read_call
from harness.aws.regions import address_here
from harness.aws.sdk_requests import AwsRequest, read_request
from harness.core.http import RawRequest, RawResponse
from harness.seams import moto
from harness.seams.botocore import ResponseBody

if TYPE_CHECKING:
    from collections.abc import Iterator

JSON = {"Content-Type": "application/x-amz-json-1.0"}
CONDITIONS = frozenset({"if-match", "if-none-match"})
"""Headers that make a request conditional."""


class Perform(Protocol):
    """Makes a call, with another body than it has if one is given."""

    def __call__(self, body: bytes | None = None) -> AWSResponse | None:
        """Make the call and give its response, if there is one."""


Make = Callable[[], AWSResponse | None]
Answer = Callable[[bytes], tuple[int, dict[str, str], str]]


@dataclass
class Interceptor:
    """Wraps moto's stubber. ``around`` sees every call and decides what becomes of it.

    ``answer`` is what processes get; None where there is no such service. ``answers`` maps
    (service, operation) to a function that answers instead, from the request's body to status,
    headers and body. ``page`` is the most keys a listing gives. ``keys``: of which attributes the
    tables' keys are.
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
        body = _body(request)
        asked = read_call(service, operation, request.url, body, keys=self.keys)
        conditional = not CONDITIONS.isdisjoint(name.lower() for name in request.headers)
        call = replace(asked, body=body, conditional=conditional)
        answer = self.answers.get((call.service, operation))
        if operation == "ExecuteStatement":
            return self.around(call, lambda _=None: self._stated(request, body, perform))
        if answer is None:
            return self.around(call, partial(_performed, request, perform))
        return self.around(call, lambda other=None: respond(
            request.url, *answer(body if other is None else other)))

    def _stated(
        self, request: AWSPreparedRequest, body: bytes, perform: Make
    ) -> AWSResponse | None:
        """Have a PartiQL statement about one item performed as the operation that does the same."""
        found = partiql.operation(json.loads(body), self.keys)
        if found is None:
            return perform()
        request.headers["X-Amz-Target"] = f"DynamoDB_20120810.{found.name}"
        request.body = json.dumps(found.request).encode()
        response = perform()
        if response is None:
            return None
        answer = partiql.answer(found.name, response.status_code, response.content)
        return respond(request.url, response.status_code, JSON, answer)


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


def respond(
    url: str, status: int, headers: Mapping[str, Any], body: str | bytes
) -> AWSResponse:
    """An HTTP response as botocore expects it from a ``before-send`` handler."""
    return AWSResponse(url, status, headers, ResponseBody(body))


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
