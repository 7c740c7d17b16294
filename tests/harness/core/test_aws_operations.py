"""AWS operations that only read."""

import pytest

from harness.core.aws_operations import is_read


@pytest.mark.parametrize("operation", [
    "GetObject", "HeadObject", "ListObjectsV2", "GetItem", "BatchGetItem", "TransactGetItems",
    "Query", "Scan", "DescribeTable", "SelectObjectContent",
])
def test_reads(operation: str) -> None:
    """An operation that changes no data is a read."""
    assert is_read(operation)


@pytest.mark.parametrize("operation", [
    "PutObject", "DeleteObject", "CopyObject", "PutItem", "UpdateItem", "DeleteItem",
    "BatchWriteItem", "TransactWriteItems", "PutEvents", "SendMessage",
    "ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction",
])
def test_others(operation: str) -> None:
    """An operation that changes data, or may change them, is not a read."""
    assert not is_read(operation)
