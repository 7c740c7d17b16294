"""Lambda's event source mapping for Kinesis: records, shards, and patterns of filters.

Sources: Kinesis API reference, "PutRecord" (the MD5 hash of the partition key, or ExplicitHashKey,
chooses the shard) and "CreateStream" (shards divide the hash keys evenly); AWS Lambda Developer
Guide, "Using Lambda to process records from Amazon Kinesis Data Streams" (the event) and "Using
event filtering with a Kinesis event source": a pattern is about the data, as JSON, and the members
beside it; data that is not JSON matches no pattern of data.
"""

from __future__ import annotations

import hashlib
import json
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from harness.core.compression import as_text
from harness.functions.events.patterns import event_pattern
from harness.functions.lambda_json import utf8

FIRST_NUMBER: Final = 49_500_000_000_000_000_000_000_000_000_000_000_000_000_000_000_000_000_000
HASH_KEYS: Final = 1 << 128


@dataclass(frozen=True, slots=True)
class StreamedRecord:
    """A record of a Kinesis stream; ``data`` is base64, ``number`` counts records."""

    data: str
    partition_key: str
    shard: int
    number: int

    @property
    def sequence_number(self) -> str:
        """The number that a record is reported by."""
        return str(FIRST_NUMBER + self.number)

    @property
    def shard_id(self) -> str:
        """The shard as Kinesis names it."""
        return shard_id(self.shard)

    @property
    def text(self) -> str:
        """The data as text."""
        return as_text(b64decode(self.data))


def shard_id(shard: int) -> str:
    """The name of a shard, counted from 0."""
    return f"shardId-{shard:012}"


def shard_of(partition_key: str, shards: int, explicit: str | None = None) -> int:
    """The shard of a record among so many; ``explicit`` is its ExplicitHashKey."""
    digest = hashlib.md5(utf8(partition_key), usedforsecurity=False).hexdigest()
    key = int(digest, 16) if explicit is None else int(explicit)
    return min(key // (HASH_KEYS // shards), shards - 1)


def kinesis_record(record: StreamedRecord, *, arn: str, at: float, role: str) -> dict[str, Any]:
    """The record of a function's event; ``at``: seconds since 1970, ``role``: the function's."""
    return {
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": record.partition_key,
            "sequenceNumber": record.sequence_number,
            "data": record.data,
            "approximateArrivalTimestamp": round(at, 3),
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": f"{record.shard_id}:{record.sequence_number}",
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": role,
        "awsRegion": arn.split(":")[3],
        "eventSourceARN": arn,
    }


def flat(event: Mapping[str, Any]) -> dict[str, Any]:
    """A record with its members beside each other, as pipes and filters see it."""
    others = {name: value for name, value in event.items() if name != "kinesis"}
    return {**event["kinesis"], **others}


def passes_filters(event: Mapping[str, Any], filters: tuple[str, ...]) -> bool:
    """Tell if a record matches one of a mapping's patterns, if it has any."""
    told = flat(event)
    try:
        told["data"] = json.loads(as_text(b64decode(told["data"])))
    except (ValueError, RecursionError):
        told["data"] = None
    return not filters or any(event_pattern(text).matches(told) for text in filters)
