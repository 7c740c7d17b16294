"""The actions that a call needs, and AWS's answer where a role does not allow one.

Source: Service Authorization Reference, "Actions, resources, and condition keys" for Amazon S3,
DynamoDB, EventBridge, SQS, SNS, Kinesis and Lambda; Amazon S3 API Reference, "GetObject" and
"HeadObject" (Permissions: without s3:ListBucket a missing object is 403, not 404); Amazon S3 User
Guide, "Using server-side encryption with AWS KMS keys (SSE-KMS)"; SQS, SNS and Kinesis Developer
Guides, "Key management" and "Permissions to use user-generated KMS keys". A call that is not in the
table is allowed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.aws.calls import ACCOUNT, Call
from harness.aws.faults import error_response
from harness.core.faults import FaultKind
from harness.core.history import Statement
from harness.core.permissions import action_of, allows

ONE_ACTION = {
    "s3": frozenset({
        "GetObject", "HeadObject", "PutObject", "CopyObject", "CreateMultipartUpload", "UploadPart",
        "CompleteMultipartUpload", "DeleteObject", "ListObjects", "ListObjectsV2", "HeadBucket",
        "ListObjectVersions",
    }),
    "dynamodb": frozenset({
        "GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan", "BatchGetItem",
        "BatchWriteItem",
    }),
    "sqs": frozenset({"SendMessage", "SendMessageBatch"}),
    "sns": frozenset({"Publish", "PublishBatch"}),
    "events": frozenset({"PutEvents"}),
    "kinesis": frozenset({"PutRecord", "PutRecords"}),
    "lambda": frozenset({"Invoke"}),
}
"""By service, the operations that need one action, whatever their content."""
TRANSACTED = {"Get": "GetItem", "Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem",
              "ConditionCheck": "ConditionCheckItem"}
STATED = {"INSERT": "PartiQLInsert", "UPDATE": "PartiQLUpdate", "DELETE": "PartiQLDelete",
          "SELECT": "PartiQLSelect"}
BUCKETS = frozenset({"s3:ListBucket", "s3:ListBucketVersions"})
"""Actions on a bucket; the others are on an object."""
LISTING = "s3:ListBucket"
MISSING = 404
ENCRYPTION = "x-amz-server-side-encryption"
"""The header that tells S3 how to encrypt an object, and the client how it is encrypted."""
DATA_KEY, DECRYPT = "kms:GenerateDataKey", "kms:Decrypt"
ENCRYPTING = {
    "PutObject": (DATA_KEY,), "CreateMultipartUpload": (DATA_KEY,), "PutRecord": (DATA_KEY,),
    "PutRecords": (DATA_KEY,), "SendMessage": (DATA_KEY, DECRYPT),
    "SendMessageBatch": (DATA_KEY, DECRYPT), "Publish": (DATA_KEY, DECRYPT),
    "PublishBatch": (DATA_KEY, DECRYPT),
}
"""Operations that have a service encrypt data, with the actions that they need on its key."""


@dataclass(frozen=True, slots=True)
class Denied:
    """An action that a role does not allow on a resource."""

    action: str
    arn: str

    def __str__(self) -> str:
        return f"{self.action} on {self.arn}"


def denial(call: Call, denied: Denied) -> tuple[int, dict[str, str], str]:
    """AWS's answer: status, headers and body."""
    return error_response(call, FaultKind.ACCESS_DENIED, (
        f"User: arn:aws:sts::{ACCOUNT}:assumed-role/conformance is not authorized to perform: "
        f"{denied.action} on resource: {denied.arn} because no identity-based policy allows the "
        f"{denied.action} action"))


@dataclass(frozen=True, slots=True)
class Permissions:
    """The permissions of functions. ``statements``: those of their roles; None: not all are known.

    ``open_services``: services in which a resource's own policy may allow a call (``*``: any).
    ``keys``: the ARNs of the keys that encrypt data, by the name of the bucket, queue, topic or
    stream.
    """

    statements: Mapping[str, Collection[Statement] | None]
    open_services: frozenset[str] = frozenset()
    keys: Mapping[str, str] = field(default_factory=dict)

    def denied(self, function: str, call: Call) -> Denied | None:
        """The first action of a call that a function's role does not allow."""
        known = self._known(function, call.service)
        if known is not None:
            for action, arn in _needed(call):
                if not allows(known, action, arn):
                    return Denied(action, arn)
        actions = () if call.encryption else ENCRYPTING.get(call.operation, ())
        return self._without_key(function, call, actions)

    def unreadable(self, function: str, call: Call, encryption: str) -> Denied | None:
        """The right to decrypt an object that is encrypted in that way, where it lacks."""
        if call.operation != "GetObject" or not encryption.startswith("aws:kms"):
            return None
        return self._without_key(function, call, (DECRYPT,))

    def _without_key(
        self, function: str, call: Call, actions: tuple[str, ...]
    ) -> Denied | None:
        known, key = self._known(function, "kms"), self.keys.get(call.resource)
        if known is None or key is None:
            return None
        return next((Denied(each, key) for each in actions if not allows(known, each, key)), None)

    def hidden(self, function: str, call: Call, status: int) -> Denied | None:
        """The right to list, without which S3 denies that it misses an object, where it lacks."""
        known = self._known(function, call.service)
        if (known is None or call.service != "s3" or status != MISSING
                or action_of(call.service, call.operation) != "s3:GetObject"):
            return None
        bucket = f"arn:aws:s3:::{call.resource}"
        return None if allows(known, LISTING, bucket) else Denied(LISTING, bucket)

    def _known(self, function: str, service: str) -> Collection[Statement] | None:
        return None if self.open_services & {"*", service} else self.statements.get(function)


EVERYTHING = Permissions({})
"""Nothing is known of any role, so everything is allowed."""


def _needed(call: Call) -> Iterator[tuple[str, str]]:
    for action in _actions(call):
        for arn in call.arns:
            yield action, _bucket_of(arn) if action in BUCKETS else arn


def _bucket_of(arn: str) -> str:
    return arn.partition("/")[0]


def _actions(call: Call) -> list[str]:
    if call.operation in ONE_ACTION.get(call.service, ()):
        return [action_of(call.service, call.operation)]
    if call.service != "dynamodb" or len(call.arns) > 1:  # items and tables are not told apart
        return []
    document = call.document()
    transacted = {name for item in document.get("TransactItems", []) for name in item}
    stated = {_first_word(each.get("Statement")) for each in (
        document, *document.get("Statements", []), *document.get("TransactStatements", []))}
    actions = [*sorted(TRANSACTED[name] for name in transacted if name in TRANSACTED),
               *sorted(STATED[word] for word in stated if word in STATED)]
    return [f"dynamodb:{action}" for action in actions]


def _first_word(statement: Any) -> str:
    found = re.match(r"\s*(\w+)", str(statement or ""))
    return found[1].upper() if found else ""
