"""Kinesis streams: the harness takes their records in, and puts them on their way by shards.

Each shard is a line of its own, in which nothing overtakes; with a ParallelizationFactor above one,
each partition key is. A record that fails holds back its shard. Sources: Kinesis API reference,
"PutRecord" and "PutRecords"; Kinesis Data Streams Developer Guide, "Quotas and limits" (500
records and 10 MiB a request, 1 MiB a record unless the stream says otherwise).
"""

from __future__ import annotations

import binascii
import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from harness.aws.calls import ACCOUNT
from harness.core.bus_entry import BusEntry
from harness.functions.events.kinesis import (
    StreamedRecord,
    flat,
    kinesis_record,
    passes_filters,
    shard_of,
)
from harness.functions.lambda_json import utf8
from harness.functions.python.clock import REAL_TIME
from harness.stages.controlled.waiting import Delivery, Target, Waiting
from harness.template import PipeFeed, ShardFeed

RECORDS, RECORD_BYTES, REQUEST_BYTES, KEY_LENGTH = 500, 1 << 20, 10 << 20, 256
SPOILED = '{"unprocessable": true}'
STRANGE = "unprocessable"
MOST_RECORDS = 10**6
"""More records than a play has."""
ROLE = f"arn:aws:iam::{ACCOUNT}:role/conformance"
Answer = tuple[int, dict[str, str], str]
Meant = Callable[[str], bool]
"""Tells if a function is one that a step is about."""


class RefusedError(Exception):
    """Kinesis refuses a request: its code and its message."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


@dataclass
class Shards:
    """The Kinesis streams of a system.

    ``sizes``: the number of shards of each stream, by its physical name. ``published`` is told of
    every record that a stream has taken; ``piped`` takes those of pipes without a function.
    """

    feeds: tuple[ShardFeed, ...]
    sizes: Mapping[str, int]
    waiting: Waiting
    published: Callable[[int, BusEntry, int], None]
    now: Callable[[], float] = REAL_TIME
    pipes: tuple[PipeFeed, ...] = ()
    piped: Callable[[PipeFeed, Any], None] = lambda pipe, record: None
    _sequence: int = 0
    _latest: dict[str, Delivery] = field(default_factory=dict)

    @property
    def readers(self) -> dict[str, ShardFeed]:
        """The mapping that reads each shard, by the name that targets have."""
        return {_reader(feed, shard): feed for feed in self.feeds for shard in range(feed.shards)}

    def begin(self, play: int) -> None:
        """Begin a play, by its number: no record yet, and numbers beyond those of earlier plays."""
        self._sequence, self._latest = (play - 1) * MOST_RECORDS, {}

    # -- requests ------------------------------------------------------------------------

    def put_record(self, body: bytes) -> Answer:
        """Answer a PutRecord request."""
        asked = json.loads(body)
        return _answered(lambda: self._taken(asked, [asked])[0])

    def put_records(self, body: bytes) -> Answer:
        """Answer a PutRecords request."""
        asked = json.loads(body)
        return _answered(lambda: {
            "FailedRecordCount": 0, "Records": self._taken(asked, asked.get("Records") or [])})

    def _taken(self, asked: Mapping[str, Any], entries: Sequence[Mapping[str, Any]]) -> list[Any]:
        name = _stream_name(asked)
        if name not in self.sizes:
            raise RefusedError("ResourceNotFoundException",
                               f"Stream {name} under account {ACCOUNT} not found.")
        _refuse_entries(entries)
        return [self._take(name, entry) for entry in entries]

    def _take(self, name: str, entry: Mapping[str, Any]) -> dict[str, str]:
        shard = shard_of(entry["PartitionKey"], self.sizes[name], entry.get("ExplicitHashKey"))
        record = self._record(entry["Data"], entry["PartitionKey"], shard)
        number = self.waiting.number()
        made = [d for feed in self._feeds(name) for d in self._deliveries(feed, record, number)]
        self.waiting.pending += made
        self._latest.update({d.target.stream or "": d for d in made})
        self.published(number, BusEntry(name, "", record.text, bus=name), len(made))
        self._pass_on(name, record)
        return {"SequenceNumber": record.sequence_number, "ShardId": record.shard_id}

    def put(self, name: str, text: str, partition_key: str) -> None:
        """Put a record for a pipe."""
        data = b64encode(utf8(text)).decode("ascii")
        self._take(name, {"Data": data, "PartitionKey": partition_key or name})

    def _pass_on(self, name: str, record: StreamedRecord) -> None:
        for pipe in self.pipes:
            if pipe.sharded and not pipe.reader and pipe.arn.rpartition("/")[2] == name:
                event = kinesis_record(record, arn=pipe.arn, at=self.now(), role=ROLE)
                if passes_filters(event, pipe.filters):
                    self.piped(pipe, flat(event))

    def _feeds(self, name: str) -> list[ShardFeed]:
        return [feed for feed in self.feeds if feed.stream_name == name]

    def _record(self, data: str, partition_key: str, shard: int) -> StreamedRecord:
        number, self._sequence = self._sequence, self._sequence + 1
        return StreamedRecord(data, partition_key, shard, number)

    def _deliveries(self, feed: ShardFeed, record: StreamedRecord, number: int) -> list[Delivery]:
        """The delivery of a record by a mapping; none if its filters pass it over."""
        event = kinesis_record(record, arn=feed.arn, at=self.now(), role=ROLE)
        if not passes_filters(event, feed.filters):
            return []
        line = record.partition_key if feed.parallel > 1 else record.shard_id
        target = Target(feed.function, stream=_reader(feed, record.shard))
        return [Delivery(number, event, target, record.sequence_number, line=line)]

    # -- records that nobody of the system puts --------------------------------------------

    def poison(self, like: Delivery) -> Delivery | None:
        """A record of the same shard, and of another aggregate, whose data says nothing.

        None if its mapping lets only known data pass.
        """
        reader = like.target.stream or ""
        feed = self.readers[reader]
        data = b64encode(utf8(SPOILED)).decode("ascii")
        shard = int(reader.rpartition("-")[2])
        record = self._record(data, _strange_key(shard, feed.shards), shard)
        return next(iter(self._deliveries(feed, record, self.waiting.number())), None)

    def poison_all(self, meant: Meant) -> int:
        """Put a poison record into each shard that has had a good one; gives their number."""
        found = [self.poison(like) for like in self._latest.values() if meant(like.target.function)]
        made = [bad for bad in found if bad is not None]
        self.waiting.pending += made
        return len(made)


def _strange_key(shard: int, shards: int) -> str:
    """A partition key of that shard that no aggregate has."""
    keys = (f"{STRANGE}-{place}" for place in count())
    return next(key for key in keys if shard_of(key, shards) == shard)


def _reader(feed: ShardFeed, shard: int) -> str:
    return f"{feed.logical_id} shard-{shard}"


def _answered(make: Callable[[], Any]) -> Answer:
    head = {"Content-Type": "application/x-amz-json-1.1"}
    try:
        return 200, head, json.dumps(make())
    except RefusedError as refused:
        return 400, head, json.dumps({"__type": refused.code, "message": str(refused)})


def _stream_name(asked: Mapping[str, Any]) -> str:
    return str(asked.get("StreamName") or asked.get("StreamARN") or "").rpartition("/")[2]


def _refuse_entries(entries: Sequence[Mapping[str, Any]]) -> None:
    """See that Kinesis takes the records of a request.

    Raises:
        RefusedError: it does not.
    """
    if not 0 < len(entries) <= RECORDS:
        raise RefusedError("ValidationException", "1 validation error detected: Value at 'records' "
                           "failed to satisfy constraint: Member must have length less than or "
                           f"equal to {RECORDS}, and greater than or equal to 1")
    sizes = [_size(entry) for entry in entries]
    if max(sizes) > RECORD_BYTES or sum(sizes) > REQUEST_BYTES:
        raise RefusedError("ValidationException", "1 validation error detected: Value at 'data' "
                           "failed to satisfy constraint: Member must have length less than or "
                           f"equal to {RECORD_BYTES}")


def _size(entry: Mapping[str, Any]) -> int:
    key = entry.get("PartitionKey")
    if not isinstance(key, str) or not 0 < len(key) <= KEY_LENGTH:
        raise RefusedError("ValidationException", "1 validation error detected: Value at "
                           "'partitionKey' failed to satisfy constraint: Member must have length "
                           f"between 1 and {KEY_LENGTH}")
    try:
        return len(b64decode(str(entry.get("Data") or ""), validate=True)) + len(utf8(key))
    except binascii.Error:
        raise RefusedError("SerializationException", "Data is not base64") from None
