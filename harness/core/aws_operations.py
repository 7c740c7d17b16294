"""AWS operations by name: which of them only read.

The checks, the sweep and the stages ask the same question here, so that no two of them answer
it differently. A PartiQL statement (ExecuteStatement) may read or write; its operation's name does
not say which, so it does not count as a read.
"""

from __future__ import annotations

READ_PREFIXES = (
    "Get", "List", "Head", "Query", "Scan", "BatchGet", "TransactGet", "Describe", "Select",
)
"""How the names of operations that change nothing begin, in the services that a system uses:
S3 (GetObject, HeadObject, ListObjectsV2, SelectObjectContent), DynamoDB (GetItem, BatchGetItem,
TransactGetItems, Query, Scan, DescribeTable), EventBridge, SQS, SNS, Kinesis and Lambda."""


def is_read(operation: str) -> bool:
    """Tell if an operation of that name leaves its service's data as they are."""
    return operation.startswith(READ_PREFIXES)
