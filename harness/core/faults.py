"""Kinds of faults, and the AWS operations that each kind can hit."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

ANY_OPERATION = "*"


class FaultKind(StrEnum):
    """The fault that happens to an AWS call."""

    THROTTLING = "throttling"
    SERVICE_ERROR = "service error"
    ACCESS_DENIED = "access denied"
    TIMEOUT = "time-out before the call"
    LOST_RESPONSE = "lost response"
    PARTIAL = "partial failure"
    SOME_ENTRIES = "failure of every second entry"
    CONFLICT = "conflict with another writer"
    CRASH_BEFORE = "crash before the call"
    CRASH_AFTER = "crash after the call"
    FUNCTION_TIMEOUT = "function time-out"
    SLOW = "slow call"
    NEARLY_LATE = "slow call that leaves a second"
    STALE = "earlier state"
    """A read shows what there was before the latest writes of another invocation."""


CRASHES = frozenset({FaultKind.CRASH_BEFORE, FaultKind.CRASH_AFTER, FaultKind.FUNCTION_TIMEOUT})


SLOW_CALLS = frozenset({FaultKind.SLOW, FaultKind.NEARLY_LATE})


FAULTS_AFTER_EFFECT = frozenset({FaultKind.LOST_RESPONSE, FaultKind.CRASH_AFTER}) | SLOW_CALLS
"""Faults after which the call has had its effect."""


SLOW_SECONDS = 1.0
LEFT_SECONDS = 0.9
"""Seconds that a slow call takes, or that long ones leave of the function's time-out.

A function that looks at the remaining time stops where one second, two or more are left. A client
that does not wait as long for one answer meets several long calls in a row (a lasting fault).
"""


UNPROCESSED_MEMBERS: Mapping[str, str] = MappingProxyType({
    "BatchWriteItem": "UnprocessedItems", "BatchGetItem": "UnprocessedKeys",
})
"""Calls that may succeed without having done all they were asked for, and how they say so."""


PUBLISHING = frozenset({"PutEvents", "Publish", "PublishBatch", "SendMessage",
                        "SendMessageBatch", "PutRecord", "PutRecords", "Invoke"})
"""Calls by which a function passes events on."""


CAN_FAIL_PARTLY = frozenset({"PutEvents", "PublishBatch", "SendMessageBatch", "PutRecords",
                             *UNPROCESSED_MEMBERS})
HAVE_ENTRIES = frozenset({"PutEvents", "SendMessageBatch", "PutRecords", *UNPROCESSED_MEMBERS})


TRANSACTIONS = frozenset({"TransactWriteItems", "ExecuteTransaction"})


CAN_CONFLICT = frozenset({"PutObject", "CompleteMultipartUpload", "CopyObject", *TRANSACTIONS})
"""Calls that may be refused because another one is under way; those of S3 if they are conditional.

S3 User Guide, "How to prevent object overwrites with conditional writes": 409, and the request has
to be made again. DynamoDB API reference, TransactWriteItems: TransactionCanceledException.
"""
