"""Event stores and tables of a deployed stack.

A bucket of events is read by listing: whatever appears since the run began and names a play is the
play's.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Protocol

from harness.aws.calls import item_key, item_text
from harness.core.compression import as_text
from harness.stages.deployed.cloud import Cloud
from harness.stages.deployed.pool import side_by_side
from harness.stages.deployed.stack import Stack
from harness.stages.participants import Participants

READERS = 8
SKEW = timedelta(minutes=5)
"""How much another clock may be behind ours."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table by its physical name. ``keys``: its key's attributes, that of the partition first."""

    name: str
    keys: tuple[str, ...]


class EventStore(Protocol):
    """A store of events."""

    def objects(self, *marks: str) -> dict[str, str]:
        """The events that have one of the marks, as text by key."""


@dataclass(frozen=True, slots=True)
class _Object:
    etag: str
    text: str


def table_of(cloud: Cloud, name: str) -> Table:
    """Return a table with its key, as DynamoDB describes it."""
    schema = cloud.client("dynamodb").describe_table(TableName=name)["Table"]["KeySchema"]
    by_kind = sorted(schema, key=lambda key: str(key["KeyType"]))  # HASH before RANGE
    return Table(name, tuple(key["AttributeName"] for key in by_kind))


def event_store(
    cloud: Cloud, stack: Stack, parts: Participants, buckets: tuple[str, ...]
) -> EventStore:
    """The event store: the table or the bucket that a dialect names, or any bucket."""
    if parts.event_table is not None:
        return _TableStore(cloud, table_of(cloud, stack.physical[parts.event_table]))
    if parts.event_bucket is not None:
        buckets = stack.named((parts.event_bucket,))
    return _BucketStore(cloud, buckets, datetime.now(UTC) - SKEW)


@dataclass(frozen=True, slots=True)
class _TableStore:
    """The items of a table of events."""

    cloud: Cloud
    table: Table

    def objects(self, *marks: str) -> dict[str, str]:
        """The items that have one of the marks, as DynamoDB JSON by key."""
        pages = self.cloud.client("dynamodb").get_paginator("scan").paginate(
            TableName=self.table.name, ConsistentRead=True)
        items = [item for page in pages for item in page["Items"]]
        texts = {item_key(item, self.table.keys): item_text(item) for item in items}
        return {key: texts[key] for key in sorted(texts) if any(m in texts[key] for m in marks)}


class _BucketStore:
    """The objects of some buckets, each read once, and again when it has changed.

    One listing serves everybody who asked before it began.
    """

    def __init__(self, cloud: Cloud, buckets: Sequence[str], since: datetime) -> None:
        self._cloud, self._buckets, self._since = cloud, buckets, since
        self._seen: dict[tuple[str, str], _Object] = {}
        self._listing = threading.Lock()
        self._begun = 0

    def objects(self, *marks: str) -> dict[str, str]:
        wanted = self._begun + 1
        with self._listing:
            if self._begun < wanted:
                self._begun += 1
                self._refresh()
            return {key: found.text for (_, key), found in self._seen.items()
                    if any(mark in key or mark in found.text for mark in marks)}

    def _refresh(self) -> None:
        listed = {place: etag for bucket in self._buckets for place, etag in self._list(bucket)}
        kept = {place: found for place, found in self._seen.items()
                if listed.get(place) == found.etag}
        new = [place for place in listed if place not in kept]
        texts = side_by_side([partial(self._text, *place) for place in new], READERS)
        read = {place: _Object(listed[place], text)
                for place, text in zip(new, texts, strict=True) if text is not None}
        self._seen = kept | read

    def _list(self, bucket: str) -> list[tuple[tuple[str, str], str]]:
        pages = self._cloud.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket)
        return [((bucket, o["Key"]), o["ETag"]) for page in pages
                for o in page.get("Contents", []) if o["LastModified"] >= self._since]

    def _text(self, bucket: str, key: str) -> str | None:
        s3 = self._cloud.client("s3")
        try:
            found = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        except s3.exceptions.NoSuchKey:
            return None
        return as_text(found)
