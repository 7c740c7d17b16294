"""The read model on DynamoDB: one item per aggregate, `{id, version, deleted, view}`.

A removed aggregate leaves its version as a tombstone (no view), so that a late event cannot bring
it back. Each write demands the version that its writer has read; of two racing writers one loses.
"""

from dataclasses import dataclass
from typing import Any

from boto3.dynamodb.types import (  # type: ignore[import-untyped, unused-ignore]
    TypeDeserializer,
    TypeSerializer,
)

from .aws import Client, ClientError, error_code
from .domain.interface import View

_WRITE = TypeSerializer()
_READ = TypeDeserializer()


@dataclass(frozen=True, slots=True)
class Row:
    """The view (None: nothing to show) after the aggregate's first `version` events."""

    version: int
    view: View | None


NOTHING = Row(0, None)


@dataclass(frozen=True, slots=True)
class ReadModel:
    """Reads and replaces the rows of one table."""

    client: Client
    table: str

    def get(self, aggregate_id: str) -> Row:
        """Return the latest row, or NOTHING (version 0)."""
        key = {"id": {"S": aggregate_id}}
        found = self.client.get_item(TableName=self.table, Key=key, ConsistentRead=True)
        return _row(found["Item"]) if "Item" in found else NOTHING

    def replace(self, aggregate_id: str, seen: Row, row: Row) -> bool:
        """Put the row in the place of the one seen; False says that another has come first."""
        try:
            self.client.put_item(
                TableName=self.table, Item=_item(aggregate_id, row), **_unchanged_since(seen)
            )
        except ClientError as error:
            if error_code(error) == "ConditionalCheckFailedException":
                return False
            raise
        return True


def _unchanged_since(seen: Row) -> dict[str, Any]:
    if seen == NOTHING:
        return {"ConditionExpression": "attribute_not_exists(id)"}
    return {
        "ConditionExpression": "#version = :seen",
        "ExpressionAttributeNames": {"#version": "version"},
        "ExpressionAttributeValues": {":seen": {"N": str(seen.version)}},
    }


def _item(aggregate_id: str, row: Row) -> dict[str, Any]:
    item = {"id": aggregate_id, "version": row.version, "deleted": row.view is None}
    shown = {} if row.view is None else {"view": row.view}
    return {name: _WRITE.serialize(value) for name, value in {**item, **shown}.items()}


def _row(item: dict[str, Any]) -> Row:
    values = {name: _READ.deserialize(value) for name, value in item.items()}
    return Row(int(values["version"]), values.get("view"))
