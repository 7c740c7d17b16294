"""Rights: the actions that the policies of a role allow.

Source: IAM User Guide, "Policy evaluation logic" and "IAM JSON policy elements". Account and region
of an ARN do not count: a policy may name those of the user's account. A statement with something
unknown (a policy variable, a resource that is no ARN) allows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from harness.core.history import Statement

IAM_ACTIONS = {
    ("s3", "HeadObject"): "s3:GetObject",
    ("s3", "HeadBucket"): "s3:ListBucket",
    ("s3", "ListObjects"): "s3:ListBucket",
    ("s3", "ListObjectsV2"): "s3:ListBucket",
    ("s3", "ListObjectVersions"): "s3:ListBucketVersions",
    ("s3", "CopyObject"): "s3:PutObject",
    ("s3", "DeleteObjects"): "s3:DeleteObject",
    ("s3", "CreateMultipartUpload"): "s3:PutObject",
    ("s3", "UploadPart"): "s3:PutObject",
    ("s3", "CompleteMultipartUpload"): "s3:PutObject",
    ("sqs", "SendMessageBatch"): "sqs:SendMessage",
    ("sns", "PublishBatch"): "sns:Publish",
    ("lambda", "Invoke"): "lambda:InvokeFunction",
}
"""Where the action is not the operation's name ("Actions, resources, and condition keys")."""


def action_of(service: str, operation: str) -> str:
    """The action that an operation needs, such as ``s3:GetObject`` for HeadObject."""
    return IAM_ACTIONS.get((service, operation), f"{service}:{operation}")


def allows(statements: Iterable[Statement], action: str, arn: str) -> bool:
    """Tell if a statement allows an action, such as ``s3:GetObject``, on a resource."""
    return any(_grants(statement, action, arn) for statement in statements)


def _grants(statement: Statement, action: str, arn: str) -> bool:
    named = any(_pattern(each.lower()).fullmatch(action.lower()) for each in statement.actions)
    return named and any(_covers(each, arn) for each in statement.resources)


def _covers(pattern: str, arn: str) -> bool:
    if "${" in pattern or not pattern.startswith("arn:"):
        return True
    return _pattern(_anywhere(pattern)).fullmatch(_anywhere(arn)) is not None


def _anywhere(arn: str) -> str:
    """An ARN without partition, region and account; S3's and patterns such as ``arn:*`` stay."""
    parts = arn.split(":", 5)
    return ":".join((parts[2], parts[5])) if len(parts) == 6 else arn


@cache
def _pattern(text: str) -> re.Pattern[str]:
    """IAM's wildcards: ``*`` for any characters, ``?`` for one."""
    escaped = re.escape(text).replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(escaped, re.DOTALL)
