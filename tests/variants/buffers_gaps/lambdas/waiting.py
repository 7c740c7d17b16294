"""Events that came early, in a table of their own: one item each, by aggregate and version.

An event is written here before it is folded, and removed only after the row that covers it is
there. So whoever looks here first and at the row afterwards misses nothing: what is gone from
here is in the row.
"""

from dataclasses import dataclass
from typing import Any

from . import codec, events
from .aws import Client
from .domain.interface import Domain, Event


@dataclass(frozen=True, slots=True)
class Waiting:
    """Keeps, lists and drops the events of single aggregates."""

    client: Client
    table: str
    domain: Domain[Any]

    def keep(self, event: Event) -> None:
        """Keep an event; again is no harm, because it never changes."""
        detail = {"S": codec.dumps(events.to_detail(event))}
        self.client.put_item(TableName=self.table, Item={**_key(event), "detail": detail})

    def all(self, aggregate_id: str) -> dict[int, Event]:
        """Return the aggregate's events that wait, by version."""
        pages = self.client.get_paginator("query").paginate(
            TableName=self.table,
            ConsistentRead=True,
            KeyConditionExpression="id = :id",
            ExpressionAttributeValues={":id": {"S": aggregate_id}},
        )
        texts = [item["detail"]["S"] for page in pages for item in page["Items"]]
        found = [events.from_detail(self.domain, codec.loads(text)) for text in texts]
        return {event.version: event for event in found}

    def drop(self, event: Event) -> None:
        """Remove an event that the row covers."""
        self.client.delete_item(TableName=self.table, Key=_key(event))


def _key(event: Event) -> dict[str, Any]:
    return {"id": {"S": event.aggregate_id}, "version": {"N": str(event.version)}}
