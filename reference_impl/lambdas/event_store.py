"""The event store on S3, the only source of truth: one object per event, written once.

Invariants: the key is `{aggregate}/{version:010d}.json`, so that keys sort by version (10 after 9)
and no id, which never holds a slash, can see into another's prefix. Every write demands that the
key is free (`If-None-Match: *`), so that one of two racing writers loses. S3 is strongly
consistent: a listing or a read that follows a write sees it.

Loading reads each event of the aggregate: right for hundreds of them, not for many thousands.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from . import codec, events
from .aws import Client, ClientError, error_code
from .domain.interface import Domain, Event

# 412: the key is taken. 409: another write of the same key was under way.
_RACES = frozenset({"PreconditionFailed", "ConditionalRequestConflict"})


class BrokenHistoryError(Exception):
    """The stored versions are not 1..n: another writer has added or removed events."""


@dataclass(frozen=True, slots=True)
class EventStore:
    """Appends to and reads from the events of single aggregates."""

    client: Client
    bucket: str
    domain: Domain[Any]

    def load(self, aggregate_id: str) -> list[Event]:
        """Return all events of the aggregate in the order of their versions."""
        history = [self._get(key) for key in sorted(self._keys(aggregate_id))]
        if [event.version for event in history] != list(range(1, len(history) + 1)):
            raise BrokenHistoryError(aggregate_id)
        return history

    def between(self, aggregate_id: str, after: int, before: int) -> Iterator[Event]:
        """Yield the events with versions between the two, both excluded; a missing one raises."""
        for version in range(after + 1, before):
            yield self._get(_key(aggregate_id, version))

    def append(self, event: Event) -> bool:
        """Store the event; False says that its version is taken, possibly by this very event."""
        try:
            self.client.put_object(
                Bucket=self.bucket,
                Key=_key(event.aggregate_id, event.version),
                Body=codec.dumps(events.to_detail(event)).encode(),
                ContentType="application/json",
                IfNoneMatch="*",
            )
        except ClientError as error:
            if error_code(error) in _RACES:
                return False
            raise
        return True

    def _keys(self, aggregate_id: str) -> Iterator[str]:
        pages = self.client.get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=self.bucket, Prefix=f"{aggregate_id}/"):
            yield from (found["Key"] for found in page.get("Contents", ()))

    def _get(self, key: str) -> Event:
        body = self.client.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        return events.from_detail(self.domain, codec.loads(body))


def _key(aggregate_id: str, version: int) -> str:
    return f"{aggregate_id}/{version:010d}.json"
