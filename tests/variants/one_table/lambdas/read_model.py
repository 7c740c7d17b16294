"""The views in the one table: item VIEW of each aggregate, and beside it what was folded into it.

A view is written together with the mark of the event that led to it, in one transaction, so there
is never the one without the other. Each write demands the version that its writer has read.
"""

from dataclasses import dataclass
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from .aws import Client, ClientError, error_code
from .domain.interface import View
from .one_table import item_key

_WRITE = TypeSerializer()
_READ = TypeDeserializer()
_RACES = frozenset({"ConditionalCheckFailed", "TransactionConflict"})


@dataclass(frozen=True, slots=True)
class Row:
    """The view (None: nothing to show) after the aggregate's first `version` events."""

    version: int
    view: View | None


NOTHING = Row(0, None)


@dataclass(frozen=True, slots=True)
class ReadModel:
    """Reads and replaces views, and remembers the events."""

    client: Client
    table: str

    def get(self, aggregate_id: str) -> Row:
        """Return the latest row, or NOTHING (version 0)."""
        found = self._find(aggregate_id, "VIEW")
        return NOTHING if found is None else Row(int(found["version"]), found.get("view"))

    def has_seen(self, aggregate_id: str, event_id: str) -> bool:
        """Tell whether the event is in the view already."""
        return self._find(aggregate_id, f"SEEN#{event_id}") is not None

    def replace(self, aggregate_id: str, seen: Row, row: Row, event_id: str) -> bool:
        """Put the row in the place of the one seen, and the event's mark; False: another did."""
        shown = {} if row.view is None else {"view": _WRITE.serialize(row.view)}
        version = {"version": {"N": str(row.version)}}
        view = {**item_key(aggregate_id, "VIEW"), **version, **shown}
        mark = {**item_key(aggregate_id, f"SEEN#{event_id}"), **version}
        puts = [{"Item": view, **_unchanged_since(seen)}, {"Item": mark}]
        try:
            self.client.transact_write_items(
                TransactItems=[{"Put": {"TableName": self.table, **put}} for put in puts]
            )
        except ClientError as error:
            if _lost(error):
                return False
            raise
        return True

    def _find(self, aggregate_id: str, kind: str) -> dict[str, Any] | None:
        found = self.client.get_item(
            TableName=self.table, Key=item_key(aggregate_id, kind), ConsistentRead=True
        )
        if "Item" not in found:
            return None
        return {name: _READ.deserialize(value) for name, value in found["Item"].items()}


def _unchanged_since(seen: Row) -> dict[str, Any]:
    if seen == NOTHING:
        return {"ConditionExpression": "attribute_not_exists(pk)"}
    return {
        "ConditionExpression": "#version = :seen",
        "ExpressionAttributeNames": {"#version": "version"},
        "ExpressionAttributeValues": {":seen": {"N": str(seen.version)}},
    }


def _lost(error: ClientError) -> bool:
    reasons = error.response.get("CancellationReasons", ())
    cancelled = error_code(error) == "TransactionCanceledException"
    return cancelled and any(reason.get("Code") in _RACES for reason in reasons)
