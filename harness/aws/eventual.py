"""Reads that may show an earlier state, writes without a condition, and what a write changes.

Source: DynamoDB Developer Guide, "DynamoDB read consistency": reads are eventually consistent
unless they ask for ConsistentRead; those of a global secondary index always are. S3 and
transactions never are ("Amazon S3 data consistency model"; "Amazon DynamoDB Transactions").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.aws import partiql
from harness.aws.calls import Call, KeyNames
from harness.aws.limits import named_items
from harness.core.aws_operations import is_read

READS = frozenset({"GetItem", "Query", "Scan", "ExecuteStatement"})
WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem"})
Item = tuple[str, dict[str, Any]]
"""A table, and the key of an item."""


def is_eventual(call: Call) -> bool:
    """Tell if a call is a read that may show an earlier state."""
    if call.service != "dynamodb":
        return False
    if call.operation == "BatchGetItem":
        tables = call.document().get("RequestItems") or {}
        return any(not asked.get("ConsistentRead") for asked in tables.values())
    if call.operation not in READS:
        return False
    document = call.document()
    reads = str(document.get("Statement", "SELECT")).lstrip().upper().startswith("SELECT")
    return reads and not document.get("ConsistentRead")


def is_unguarded(call: Call) -> bool:
    """Tell if a call writes one thing, whatever is there: no condition has to hold."""
    if call.service == "s3":
        return call.operation == "PutObject" and not call.conditional
    return call.operation in WRITES and not call.document().keys() & {
        "ConditionExpression", "Expected"}


def changed_items(call: Call, keys: KeyNames) -> Iterator[Item]:
    """The items that a call may change, by table and key."""
    if call.service != "dynamodb" or is_read(call.operation):
        return
    for document in _documents(call, keys):
        for table, item in named_items(document):
            names = keys.get(table, ())
            if names and all(_is_scalar(item.get(name)) for name in names):
                yield table, {name: item[name] for name in names}


def _is_scalar(value: Any) -> bool:
    return isinstance(value, dict) and any(isinstance(value.get(kind), str) for kind in "SNB")


def _documents(call: Call, keys: KeyNames) -> Iterator[Mapping[str, Any]]:
    """The requests of a call: its own, or those that do the same as its statements."""
    document = call.document()
    yield document
    several = document.get("Statements") or document.get("TransactStatements") or [document]
    for statement in several:
        found = partiql.operation(statement, keys) if "Statement" in statement else None
        if found is not None:
            yield found.request
