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
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError

from harness.aws.calls import Call
from harness.aws.eventual import is_eventual
from harness.core.faults import (
    ANY_OPERATION,
    CAN_CONFLICT,
    CAN_FAIL_PARTLY,
    HAVE_ENTRIES,
    PUBLISHING,
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
    ("kinesis", FaultKind.THROTTLING): (400, "ProvisionedThroughputExceededException"),
    ("kinesis", FaultKind.SERVICE_ERROR): (500, "InternalFailure"),
    ("kinesis", FaultKind.ACCESS_DENIED): (400, "AccessDeniedException"),
    ("lambda", FaultKind.THROTTLING): (429, "TooManyRequestsException"),
    ("lambda", FaultKind.SERVICE_ERROR): (500, "ServiceException"),
    ("lambda", FaultKind.ACCESS_DENIED): (403, "AccessDeniedException"),
    ("sqs", FaultKind.THROTTLING): (400, "ThrottlingException"),
    ("sqs", FaultKind.SERVICE_ERROR): (500, "InternalError"),
    ("sqs", FaultKind.ACCESS_DENIED): (403, "AccessDenied"),
})
OTHERS = {
    FaultKind.THROTTLING: (400, "ThrottlingException"),
    FaultKind.SERVICE_ERROR: (500, "InternalFailure"),
    FaultKind.ACCESS_DENIED: (403, "AccessDeniedException"),
}


FAILED_RECORD = {"ErrorCode": "ProvisionedThroughputExceededException",
                 "ErrorMessage": "Rate exceeded for shard shardId-000000000000"}
"""The answer about a record of PutRecords that a shard has not taken."""


def error_response(
    call: Call, kind: FaultKind, message: str = ""
) -> tuple[int, dict[str, str], str]:
    """Status, headers and body of the error that the call's service sends."""
    message = message or kind.value
    status, code = ERRORS.get((call.service, kind)) or OTHERS[kind]
    if call.service == "sns":
        xml = (f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code>"
               f"<Message>{kind.value}</Message></Error></ErrorResponse>")
        return status, {"Content-Type": "text/xml"}, xml
    if call.service == "s3":
        more = _conflict(call) if kind is FaultKind.CONFLICT else f"<Message>{message}</Message>"
        xml = f"<Error><Code>{code}</Code>{more}</Error>"
        return status, {"Content-Type": "application/xml"}, xml
    said = _cancelled(call) if kind is FaultKind.CONFLICT else {"message": message}
    body = json.dumps({"__type": code, **said})
    return status, {"Content-Type": "application/x-amz-json-1.0"}, body


def _conflict(call: Call) -> str:
    """Message, condition and key of a conditional write that another one is in the way of."""
    return ("<Message>The conditional request cannot succeed due to a conflicting operation "
            "against this resource.</Message>"
            f"<Condition>{call.conditional}</Condition><Key>{escape(call.key)}</Key>")


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

    API references: "PutEvents" (FailedEntryCount), "PutRecords" (FailedRecordCount),
    "SendMessageBatch" and "PublishBatch" (Failed), "BatchWriteItem" (UnprocessedItems),
    "BatchGetItem" (UnprocessedKeys).
    """
    failed = {"ErrorCode": "ThrottlingException", "ErrorMessage": "Rate exceeded"}
    if call.operation == "PublishBatch":
        return _nothing_published(call)
    asked = json.loads(call.body)
    number = len(asked.get("Entries", ()))
    answer: dict[str, Any] = {"FailedEntryCount": number, "Entries": [failed] * number}
    if call.operation == "PutRecords":
        asked_for = len(asked.get("Records", ()))
        answer = {"FailedRecordCount": asked_for, "Records": [FAILED_RECORD] * asked_for}
    if call.operation == "SendMessageBatch":
        answer = {"Failed": [{"Id": e["Id"], "SenderFault": False, "Code": "InternalError"}
                             for e in asked["Entries"]]}
    if call.operation in UNPROCESSED_MEMBERS:
        answer = {"Responses": {}, UNPROCESSED_MEMBERS[call.operation]: asked["RequestItems"]}
    return 200, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(answer)


def _nothing_published(call: Call) -> tuple[int, dict[str, str], str]:
    """The answer of PublishBatch that has taken no message ("PublishBatch", Failed)."""
    ids = [value for name, value in parse_qsl(call.body.decode())
           if name.startswith("PublishBatchRequestEntries.member.") and name.endswith(".Id")]
    failed = "".join(f"<member><Id>{escape(id)}</Id><Code>InternalError</Code>"
                     "<SenderFault>false</SenderFault></member>" for id in ids)
    body = ("<PublishBatchResponse><PublishBatchResult><Successful/>"
            f"<Failed>{failed}</Failed></PublishBatchResult></PublishBatchResponse>")
    return 200, {"Content-Type": "text/xml"}, body


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
    if kind is FaultKind.STALE:
        return is_eventual(call)
    if kind is FaultKind.CONFLICT:
        return call.operation in CAN_CONFLICT and (call.service != "s3" or bool(call.conditional))
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

    def _is_about(self, call: Call) -> bool:
        """Tell if its operation is the call's; PutEvents stands for every way to publish."""
        publishing = self.operation == "PutEvents" and call.operation in PUBLISHING
        return publishing or self.operation in (ANY_OPERATION, call.operation)

    def hits(self, role: str, call: Call, invocation: int) -> bool:
        """Tell if this call is the one; counts it if it matches."""
        if role != self.role or not self._is_about(call):
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


