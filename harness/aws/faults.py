"""The fault table: what can go wrong with an AWS call, as the services and the SDK show it.

Codes and statuses are those of the services' own "Common errors" and API references, so the
SDK retries what it would really retry; every retry is a call of its own. Which calls fail is
data (``Plan``), counted per function from the moment a fault is armed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError

from harness.aws.calls import Call
from harness.core.faults import (
    ANY_OPERATION,
    CAN_CONFLICT,
    CAN_FAIL_PARTLY,
    HAVE_ENTRIES,
    UNPROCESSED_MEMBERS,
    FaultKind,
)
from harness.core.scenario import Fault

ERRORS: Mapping[tuple[str, FaultKind], tuple[int, str]] = MappingProxyType({
    ("s3", FaultKind.THROTTLING): (503, "SlowDown"),
    ("s3", FaultKind.SERVICE_ERROR): (500, "InternalError"),
    ("s3", FaultKind.ACCESS_DENIED): (403, "AccessDenied"),
    ("s3", FaultKind.CONFLICT): (409, "ConditionalRequestConflict"),
    ("dynamodb", FaultKind.THROTTLING): (400, "ProvisionedThroughputExceededException"),
    ("dynamodb", FaultKind.SERVICE_ERROR): (500, "InternalServerError"),
    ("dynamodb", FaultKind.ACCESS_DENIED): (400, "AccessDeniedException"),
    ("dynamodb", FaultKind.CONFLICT): (400, "TransactionCanceledException"),
    ("events", FaultKind.THROTTLING): (400, "ThrottlingException"),
    ("events", FaultKind.SERVICE_ERROR): (500, "InternalException"),
    ("events", FaultKind.ACCESS_DENIED): (400, "AccessDeniedException"),
    ("sqs", FaultKind.THROTTLING): (400, "ThrottlingException"),
    ("sqs", FaultKind.SERVICE_ERROR): (500, "InternalError"),
    ("sqs", FaultKind.ACCESS_DENIED): (403, "AccessDenied"),
})
OTHERS = {
    FaultKind.THROTTLING: (400, "ThrottlingException"),
    FaultKind.SERVICE_ERROR: (500, "InternalFailure"),
    FaultKind.ACCESS_DENIED: (403, "AccessDeniedException"),
}


def error_response(
    call: Call, kind: FaultKind, message: str = ""
) -> tuple[int, dict[str, str], str]:
    """Status, headers and body of the error that the call's service sends."""
    message = message or kind.value
    status, code = ERRORS.get((call.service, kind)) or OTHERS[kind]
    if call.service == "s3":
        xml = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
        return status, {"Content-Type": "application/xml"}, xml
    said = _cancelled(call) if kind is FaultKind.CONFLICT else {"message": message}
    body = json.dumps({"__type": code, **said})
    return status, {"Content-Type": "application/x-amz-json-1.0"}, body


def _cancelled(call: Call) -> dict[str, Any]:
    """The message about a transaction whose first item is in another one."""
    asked = json.loads(call.body)
    parts = asked.get("TransactItems") or asked.get("TransactStatements") or [{}]
    codes = ["TransactionConflict", *("None" for _ in parts[1:])]
    return {"message": "Transaction cancelled, please refer cancellation reasons for specific "
                       f"reasons [{', '.join(codes)}]",
            "CancellationReasons": [{"Code": code} for code in codes]}


def partial_response(call: Call) -> tuple[int, dict[str, str], str]:
    """Status 200, and nothing done: of PutEvents each entry failed, of a batch all is unprocessed.

    API references: "PutEvents" (FailedEntryCount), "BatchWriteItem" (UnprocessedItems),
    "BatchGetItem" (UnprocessedKeys).
    """
    failed = {"ErrorCode": "ThrottlingException", "ErrorMessage": "Rate exceeded"}
    asked = json.loads(call.body)
    number = len(asked.get("Entries", ()))
    answer: dict[str, Any] = {"FailedEntryCount": number, "Entries": [failed] * number}
    if call.operation in UNPROCESSED_MEMBERS:
        answer = {"Responses": {}, UNPROCESSED_MEMBERS[call.operation]: asked["RequestItems"]}
    return 200, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(answer)


def no_answer(url: str, *, performed: bool) -> Exception:
    """The error that the SDK raises when no answer comes."""
    kind = ReadTimeoutError if performed else ConnectTimeoutError
    error: Exception = kind(endpoint_url=url)
    return error


def _can(kind: FaultKind, call: Call) -> bool:
    """Tell if that happens to such a call."""
    if kind is FaultKind.PARTIAL:
        return call.operation in CAN_FAIL_PARTLY
    if kind is FaultKind.SOME_ENTRIES:
        return call.operation in HAVE_ENTRIES
    if kind is FaultKind.CONFLICT:
        return call.operation in CAN_CONFLICT and (call.service != "s3" or call.conditional)
    return True


@dataclass(slots=True)
class Armed:
    """A fault waiting for its call: the ``nth`` (from 0) matching one of ``role``.

    ``lasting``: it then hits every further matching call of that invocation as well.
    """

    role: str
    operation: str
    nth: int
    kind: FaultKind
    lasting: bool = False
    invocation: int | None = None

    def hits(self, role: str, call: Call, invocation: int) -> bool:
        """Tell if this call is the one; counts it if it matches."""
        if role != self.role or self.operation not in (ANY_OPERATION, call.operation):
            return False
        if not _can(self.kind, call):
            return False
        if self.invocation is not None:
            return self.lasting and self.invocation == invocation
        if self.nth > 0:
            self.nth -= 1
            return False
        self.invocation = invocation
        return True


@dataclass
class Plan:
    """The faults armed in one play."""

    armed: list[Armed] = field(default_factory=list)

    def arm(self, fault: Fault) -> None:
        """Wait for the call that a fault is meant for."""
        self.armed.append(Armed(fault.role, fault.operation, fault.nth, fault.what,
                                fault.lasting))

    def next(self, role: str, call: Call, invocation: int) -> FaultKind | None:
        """The fault that hits this call, if any; each fault is used up by its invocation."""
        hit = None
        for fault in self.armed:
            if fault.hits(role, call, invocation) and hit is None:
                hit = fault.kind
        return hit

    def clear(self) -> None:
        """Nothing fails any more."""
        self.armed.clear()


