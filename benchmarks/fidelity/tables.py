"""Errors of DynamoDB, as a function's requests meet them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from benchmarks.fidelity.comparison import Comparison, snapshot
from benchmarks.fidelity.stores import client

FILE = "dynamodb/test_dynamodb.snapshot.json"
ONE_KEY, TWO_KEYS = "table", "pairs"
KEYS = {ONE_KEY: ("id",), TWO_KEYS: ("id", "sortKey")}
RETRIES = " (reached max retries: 0)"
"""The SDK adds this to the text of an error where it may not try again."""
FRED = {"id": {"S": "Fred"}}
SOLD = {"id": {"S": "456"}, "price": {"N": "650"}, "product": {"S": "sporting goods"}}
CASES: Mapping[str, tuple[str, str, dict[str, Any]]] = {
    "test_transaction_write_canceled": ("Error", "transact_write_items", {"TransactItems": [
        {"ConditionCheck": {"TableName": ONE_KEY, "Key": FRED,
                            "ConditionExpression": "attribute_not_exists(id)"}},
        {"Delete": {"TableName": ONE_KEY, "Key": {"id": {"S": "Bert"}}}}]}),
    "test_batch_write_not_matching_schema": (
        "ValidationException", "batch_write_item", {"RequestItems": {TWO_KEYS: [
            {"PutRequest": {"Item": {"nonKey": {"S": "hello"}}}}]}}),
    "test_batch_write_not_existing_table": (
        "exc-not-found-transact-write-items", "transact_write_items",
        {"TransactItems": [{"Put": {"TableName": "non-existing-table", "Item": {}}}]}),
    "test_return_values_on_conditions_check_failure": ("items", "delete_item", {
        "TableName": ONE_KEY, "Key": {"id": SOLD["id"]},
        "ConditionExpression": "price between :lo and :hi",
        "ExpressionAttributeValues": {":lo": {"N": "500"}, ":hi": {"N": "600"}},
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}),
    "test_dynamodb_execute_statement_empy_parameter": (
        "invalid-param-error", "execute_statement",
        {"Statement": f'SELECT * FROM "{ONE_KEY}"', "Parameters": []}),
}
"""Test -> name in its snapshot, operation, and parameters of the request."""


def errors(folder: Path) -> Iterator[Comparison]:
    """Code, message and item of the errors that LocalStack's tests met on AWS."""
    with client("dynamodb", KEYS) as tables:
        _create(tables)
        for test, (name, operation, parameters) in CASES.items():
            recorded = snapshot(folder, FILE, f"::{test}").get(name)
            if recorded is not None:
                yield Comparison(test, _told(recorded),
                                 _refused(getattr(tables, operation), parameters, recorded))


def _create(tables: Any) -> None:
    for name, keys in KEYS.items():
        tables.create_table(
            TableName=name, BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": key, "KeyType": kind}
                       for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)],
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys])
    for item in (FRED, SOLD):
        tables.put_item(TableName=ONE_KEY, Item=item)


def _told(recorded: Any) -> Any:
    """An error's text, or its code, message and item, as the snapshot has either."""
    if isinstance(recorded, str):
        return recorded
    error = {name: recorded["Error"][name] for name in ("Code", "Message")}
    return error | ({"Item": recorded["Item"]} if "Item" in recorded else {})


def _refused(call: Callable[..., Any], parameters: dict[str, Any], recorded: Any) -> Any:
    try:
        call(**parameters)
    except ClientError as error:
        if isinstance(recorded, str):
            return str(error).replace(RETRIES, "")
        return _told(error.response)
    return "no error"
