"""Which AWS operations only read. Answered here, so that it is answered once."""

from __future__ import annotations

READ_PREFIXES = (
    "Get", "List", "Head", "Query", "Scan", "BatchGet", "TransactGet", "Describe", "Select",
)
"""How the names of read operations begin, in S3, DynamoDB, EventBridge and SQS."""


def is_read(operation: str) -> bool:
    """Whether an operation of that name leaves everything as it is."""
    return operation.startswith(READ_PREFIXES)
