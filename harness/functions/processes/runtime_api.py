"""The messages of the Lambda Runtime API, as it answers and reads them.

Source: AWS Lambda Developer Guide, "Using the Lambda runtime API for custom runtimes": next,
response, error and init/error (version 2018-06-01).
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

from harness.core.http import RawRequest, RawResponse
from harness.core.json_values import parse_json
from harness.functions.invocation import PAYLOAD_LIMIT, FunctionError, LambdaContext, Told
from harness.functions.lambda_json import to_json

ROOT = "/2018-06-01/runtime/"
NEXT = ("GET", "invocation/next")
INIT_ERROR = ("POST", "init/error")
TEXT_LIMIT = 600
"""Characters that are shown of an error that is no JSON document."""
CLOCK, CLOCK_AHEAD = "X-Clock-Ms", "X-Clock-Ahead-Ms"
"""Headers of the harness's own, which its Node.js runtime understands: the time, or the seconds by
which it is ahead of the real one."""
REMAINING = "X-Remaining-Ms"
"""Another one: the rest of the invocation's time-out."""
STREAM_FAILED = "Lambda-Runtime-Function-Error-Type"
"""A header, or a trailer of a streamed response: the function failed on its way."""
SPARE_MILLISECONDS = 15_000
"""Added to a function's deadline: its clock goes on while the harness makes it wait."""
JSON = (("Content-Type", "application/json"),)
ACCEPTED = RawResponse(202, JSON, b'{"status":"OK"}')


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer of a function: its result as JSON text, or an error document."""

    body: bytes
    error: bool = False

    def result(self) -> Any:
        """The value that the function returned.

        Raises:
            FunctionError: the function reported an error, or its answer is not JSON.
        """
        if self.error:
            kind, message = self.described()
            raise FunctionError(kind, message, f"{kind}: {message}")
        try:
            return parse_json(self.body.decode("utf-8")) if self.body else None
        except ValueError as error:
            raise FunctionError("Runtime.InvalidResponse", str(error), str(error)) from None

    def described(self) -> tuple[str, str]:
        """Type and text of an error; the document of a runtime may have any form."""
        try:
            document = json.loads(self.body)
        except ValueError:
            document = None
        if not isinstance(document, dict):
            return "Unhandled", self.body.decode("utf-8", "replace")[:TEXT_LIMIT]
        trace = document.get("stackTrace") or document.get("trace") or []
        lines = trace if isinstance(trace, list) else []
        message = "\n".join([str(document.get("errorMessage", "")), *map(str, lines)])
        return str(document.get("errorType", "Unhandled")), message


def error_answer(kind: str, message: str) -> Answer:
    """An error of the function that the harness reports in its place."""
    return Answer(_error_document(kind, message), error=True)


THEN_NEXT = "X-Cqrs-Then-Next"
"""A header of an answer whose response is to be the next invocation: one message less for each."""
TRACE = "X-Cqrs-Trace"
"""Asks our own runtimes to tell the line of each call."""


def clock_headers(told: Told) -> tuple[tuple[str, str], ...]:
    """The headers that tell a runtime its clock."""
    if told.fixed is not None:
        return ((CLOCK, f"{told.fixed * 1000:.3f}"),)
    return ((CLOCK_AHEAD, str(int(told.ahead * 1000))),) if told.ahead > 0 else ()


def time_headers(context: LambdaContext) -> tuple[tuple[str, str], ...]:
    """The headers that tell a runtime its clock and how much of the time-out is left."""
    left = context.get_remaining_time_in_millis()
    return (*clock_headers(context.clock()), (REMAINING, str(left)))


def invocation(event: Any, context: LambdaContext) -> RawResponse:
    """The response to ``next``: an event and the headers of its invocation."""
    deadline = time.time() * 1000 + context.get_remaining_time_in_millis() + SPARE_MILLISECONDS
    return RawResponse(200, (
        *JSON,
        ("Lambda-Runtime-Aws-Request-Id", context.aws_request_id),
        ("Lambda-Runtime-Deadline-Ms", str(int(deadline))),
        ("Lambda-Runtime-Invoked-Function-Arn", context.invoked_function_arn),
        ("Lambda-Runtime-Trace-Id", context.trace()),
        *time_headers(context),
        *(((TRACE, "on"),) if context.traced else ()),
    ), to_json(event).encode("utf-8"))


def read_answer(request: RawRequest, request_id: str) -> tuple[Answer | None, RawResponse]:
    """The answer that a request carries, and the response to it.

    The answer is None for a request that the API refuses: one for another invocation.
    """
    call = request.method, request.target.removeprefix(ROOT)
    invocation = f"invocation/{request_id}/"
    if call == ("POST", invocation + "response"):
        return _bounded(request.body, error=request.header(STREAM_FAILED) is not None)
    if call in (INIT_ERROR, ("POST", invocation + "error")):
        return _bounded(request.body, error=True)
    return None, _refused(403, "InvalidRequestID", "no such invocation")


def _bounded(body: bytes, *, error: bool) -> tuple[Answer, RawResponse]:
    if len(body) <= PAYLOAD_LIMIT:
        return Answer(body, error), ACCEPTED
    size = f"Response payload size exceeded maximum allowed payload size ({len(body)})"
    return (error_answer("Function.ResponseSizeTooLarge", size),
            _refused(413, "RequestEntityTooLarge", size))


def _error_document(kind: str, message: str) -> bytes:
    return json.dumps({"errorMessage": message, "errorType": kind}).encode("utf-8")


def _refused(status: int, kind: str, message: str) -> RawResponse:
    return RawResponse(status, JSON, _error_document(kind, message))
