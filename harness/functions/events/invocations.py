"""Lambda's Invoke API: its answers, and its limits.

Sources: Lambda API reference, "Invoke" (StatusCode, FunctionError, Payload); Lambda Developer
Guide, "Lambda quotas" (6 MB synchronous, 1 MB asynchronous), and "Capturing records of Lambda
asynchronous invocations".
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from harness.functions.invocation import PAYLOAD_LIMIT
from harness.functions.lambda_json import to_json

ASYNCHRONOUS_LIMIT: Final = 1024 * 1024
EVENT: Final = "Event"
DRY_RUN: Final = "DryRun"
SUCCEEDED: Final = "Lambda Function Invocation Result - Success"
"""The DetailType of a result that a bus gets."""
ACCOUNT: Final = "123456789012"
REGION: Final = "us-east-1"
Answer = tuple[int, dict[str, str], str]


@dataclass(frozen=True, slots=True)
class Refused(Exception):
    """Lambda refuses an invocation: status, code and message."""

    status: int
    code: str
    message: str

    def answer(self) -> Answer:
        """The answer of the API."""
        return self.status, {"Content-Type": "application/json", "x-amzn-ErrorType": self.code}, (
            json.dumps({"Type": "User", "Message": self.message, "message": self.message}))


def payload_of(body: bytes, kind: str) -> Any:
    """The event in a request's body; without a body it is an empty object.

    Raises:
        Refused: it is too large, or no JSON.
    """
    most = ASYNCHRONOUS_LIMIT if kind == EVENT else PAYLOAD_LIMIT
    if len(body) > most:
        raise Refused(413, "RequestEntityTooLargeException",
                      f"{len(body)} byte payload is too large for the {kind} invocation type "
                      f"(limit {most} bytes)")
    try:
        return json.loads(body) if body.strip() else {}
    except (ValueError, RecursionError) as error:
        raise Refused(400, "InvalidRequestContentException",
                      f"Could not parse request body into json: {error}") from None


def accepted(kind: str) -> Answer:
    """The answer to an invocation whose result nobody waits for."""
    return 204 if kind == DRY_RUN else 202, {"Content-Type": "application/json"}, ""


def result(value: Any) -> Answer:
    """The answer with the result of a function."""
    return 200, _HEAD, to_json(value)


def failure(kind: str, message: str) -> Answer:
    """The answer about a function that has failed: status 200, and an error in the payload."""
    told = {"errorMessage": message, **({"errorType": kind} if kind else {})}
    return 200, {**_HEAD, "X-Amz-Function-Error": "Unhandled"}, json.dumps(told)


def success_record(
    event: Any, value: Any, *, function: str, id: str, count: int, time: str
) -> dict[str, Any]:
    """The record of a successful asynchronous invocation that a destination gets."""
    return {
        "version": "1.0", "timestamp": time,
        "requestContext": {
            "requestId": id,
            "functionArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function}:$LATEST",
            "condition": "Success", "approximateInvokeCount": count},
        "requestPayload": event,
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST"},
        "responsePayload": value,
    }


_HEAD: Final = {"Content-Type": "application/json", "X-Amz-Executed-Version": "$LATEST"}
