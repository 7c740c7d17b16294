"""Streams of tables: each change of an item becomes a record on its way to the functions behind.

The stage tells of every call of a function; the items of a streamed table are looked at before and
after a call that may change them. A write that changes nothing makes no record ("Change data
capture for DynamoDB Streams").
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from botocore.awsrequest import AWSResponse

from harness.aws.calls import Call, KeyNames, item_key
from harness.aws.interception import Perform
from harness.core.aws_operations import is_read
from harness.functions.events import (
    ItemChange,
    event_pattern,
    sequence_number,
    stream_record,
)
from harness.functions.python.clock import REAL_TIME
from harness.stages.controlled.waiting import Delivery, Target, Waiting
from harness.template import PipeFeed, StreamFeed

STRANGE = "Unprocessable"
"""The type of a record that no function knows."""
MOST_RECORDS = 10**6
"""More records than a play has."""
Items = Mapping[str, str]
"""Items as DynamoDB JSON, by key."""


@dataclass
class Streams:
    """The streams of a system.

    ``images`` gives a table's items with some keys, or all, and ``remove`` removes some. ``keys``:
    the key attributes of each table. ``event_words``: the names of event types, of which a poison
    record has another one. ``now``: the functions' clock. ``piped`` takes the records of pipes.
    """

    feeds: tuple[StreamFeed, ...]
    images: Callable[[str, frozenset[str]], Items]
    keys: KeyNames
    waiting: Waiting
    remove: Callable[[str, frozenset[str]], int] = lambda table, keys: 0
    event_words: frozenset[str] = frozenset()
    now: Callable[[], float] = REAL_TIME
    pipes: tuple[PipeFeed, ...] = ()
    piped: Callable[[PipeFeed, dict[str, Any]], None] = lambda pipe, record: None
    _sequence: int = 0
    _latest: list[Delivery] = field(default_factory=list)

    @property
    def tables(self) -> frozenset[str]:
        """The physical names of the tables that have a stream."""
        return frozenset({*(feed.table_name for feed in self.feeds),
                          *(pipe.table_name for pipe in self.pipes
                            if not pipe.sharded and not pipe.queued)})

    def begin(self, play: int) -> None:
        """Begin a play, by its number: no record yet, and numbers beyond those of earlier plays.

        An environment that stays warm may remember the ids of records, which never come twice.
        """
        self._sequence, self._latest = (play - 1) * MOST_RECORDS, []

    def watched(
        self, call: Call, perform: Perform, body: bytes | None = None
    ) -> AWSResponse | None:
        """Perform a call, and put the records of the items that it changed on their way."""
        tables = self._written(call)
        if not tables:
            return perform(body)
        keys = frozenset(filter(None, call.key.split("\n")))
        before = {table: self.images(table, keys) for table in tables}
        response = perform(body)
        for table, old in before.items():
            self._changed(table, old, self.images(table, keys))
        return response

    def _written(self, call: Call) -> list[str]:
        if not self.tables or call.service != "dynamodb" or is_read(call.operation):
            return []
        return [table for table in call.resource.split(",") if table in self.tables]

    def _changed(self, table: str, before: Items, after: Items) -> None:
        for key in dict.fromkeys([*before, *after]):
            if before.get(key) != after.get(key):
                change = ItemChange(self.keys[table], _item(before.get(key)), _item(after.get(key)))
                self._record(table, key, change)

    def _record(self, table: str, key: str, change: ItemChange) -> None:
        number, self._sequence = self._sequence, self._sequence + 1
        for feed in self.feeds:
            if feed.table_name == table:
                self._add(feed, key, self._made(feed, change, number))
        for pipe in self.pipes:
            if pipe.sharded or pipe.queued or pipe.reader or pipe.table_name != table:
                continue
            record = self._made(pipe, change, number)
            if _passes(pipe, record):
                self.piped(pipe, record)

    def _made(self, feed: StreamFeed | PipeFeed, change: ItemChange, number: int) -> dict[str, Any]:
        return stream_record(change, number, arn=feed.arn, view=feed.view, at=int(self.now()))

    def _add(self, feed: StreamFeed, key: str, record: dict[str, Any]) -> None:
        if not _passes(feed, record):
            return
        line = key if feed.parallel > 1 else key.partition("\t")[0]
        delivery = Delivery(self.waiting.number(), record,
                            Target(feed.function, stream=feed.logical_id),
                            sequence_number(record), line=line)
        self.waiting.pending.append(delivery)
        if record["eventName"] == "INSERT":
            self._latest.append(delivery)

    def expire(self, pick: int) -> None:
        """Remove the ``pick``-th latest item that has a time to live, as DynamoDB does in time."""
        found = [(feed, d) for d in self._latest for feed in self.feeds
                 if feed.logical_id == d.target.stream and _expires(feed, d.event)]
        if not found:
            return
        feed, delivery = found[-1 - pick % len(found)]
        names = self.keys[feed.table_name]
        key = item_key(delivery.event["dynamodb"]["Keys"], names)
        before = self.images(feed.table_name, frozenset({key})).get(key)
        if before is not None:
            self.remove(feed.table_name, frozenset({key}))
            self._record(feed.table_name, key, ItemChange(names, _item(before), None, expired=True))
            self._latest = [d for d in self._latest if d.event["dynamodb"]["Keys"]
                            != delivery.event["dynamodb"]["Keys"]]

    def poison(self, like: Delivery) -> Delivery | None:
        """A record like another one: an event of an unknown type, of an aggregate of its own.

        None if the record does not name its type, or if its feed lets only known types pass.
        """
        feed = next(feed for feed in self.feeds if feed.logical_id == like.target.stream)
        names = self.keys[feed.table_name]
        image = like.event["dynamodb"].get("NewImage")
        strange = _strange(image, self.event_words) if image else image
        if strange == image or strange is None:
            return None
        number, self._sequence = self._sequence, self._sequence + 1
        strange = {**strange, names[0]: _another(image[names[0]], number)}
        record = self._made(feed, ItemChange(names, None, strange), number)
        if not _passes(feed, record):
            return None
        return replace(like, number=self.waiting.number(), event=record, attempts=0, again=False,
                       message=sequence_number(record), line=f"poison {number}")

    def poison_all(self, meant: Callable[[str], bool] = lambda function: True) -> int:
        """Put a poison record on its way to each function that has got a good one; their number.

        ``meant`` tells which functions a step is about.
        """
        latest = {delivery.target: delivery for delivery in self._latest
                  if meant(delivery.target.function)}
        made = [bad for bad in map(self.poison, latest.values()) if bad is not None]
        self.waiting.pending += made
        return len(made)


def _item(text: str | None) -> dict[str, Any] | None:
    found: dict[str, Any] | None = None if text is None else json.loads(text)
    return found


def _expires(feed: StreamFeed, record: dict[str, Any]) -> bool:
    """Tell if an item says when it expires."""
    return "N" in record["dynamodb"].get("NewImage", {}).get(feed.ttl, {})


def _passes(feed: StreamFeed | PipeFeed, record: dict[str, Any]) -> bool:
    """Tell if a record matches one of the feed's patterns, if it has any."""
    return not feed.filters or any(event_pattern(text).matches(record) for text in feed.filters)


def _strange(image: Mapping[str, Any], words: frozenset[str]) -> dict[str, Any]:
    """The item with another type wherever one is named."""
    return {name: _renamed(value, words) for name, value in image.items()}


def _renamed(value: dict[str, Any], words: frozenset[str]) -> dict[str, Any]:
    text = value.get("S")
    named: Iterator[str] = (word for word in words if text is not None and word in text)
    longest = max(named, key=len, default="")
    return {"S": str(text).replace(longest, STRANGE)} if longest else value


def _another(key: dict[str, Any], number: int) -> dict[str, Any]:
    """A key that no aggregate has."""
    kind, value = next(iter(key.items()))
    return {kind: str(10**15 + number) if kind == "N" else f"{value}-{number}"}
