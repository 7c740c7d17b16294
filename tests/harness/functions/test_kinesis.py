"""Records of Kinesis as Lambda hands them over, their shards and the patterns of their filters."""

from base64 import b64encode
from typing import Any

import pytest

from harness.functions.events.kinesis import (
    StreamedRecord,
    flat,
    kinesis_record,
    passes_filters,
    shard_of,
)

ARN = "arn:aws:kinesis:us-east-1:123456789012:stream/told"


def record(data: str = '{"kind": "Opened"}') -> dict[str, Any]:
    made = StreamedRecord(b64encode(data.encode()).decode(), "a", 1, 7)
    return kinesis_record(made, arn=ARN, at=12.3456, role="role")


def test_record() -> None:
    """A record has its place in the shard, its key, its data in base64 and its stream."""
    made = record()
    number = made["kinesis"]["sequenceNumber"]
    assert made == {
        "kinesis": {
            "kinesisSchemaVersion": "1.0", "partitionKey": "a", "sequenceNumber": number,
            "data": "eyJraW5kIjogIk9wZW5lZCJ9", "approximateArrivalTimestamp": 12.346},
        "eventSource": "aws:kinesis", "eventVersion": "1.0",
        "eventID": f"shardId-000000000001:{number}", "eventName": "aws:kinesis:record",
        "invokeIdentityArn": "role", "awsRegion": "us-east-1", "eventSourceARN": ARN}


def test_flat() -> None:
    """A pipe sees the members of a record beside each other."""
    assert flat(record())["partitionKey"] == "a"


@pytest.mark.parametrize(("key", "explicit", "shard"), [
    ("a", None, 0), ("b", None, 1), ("a", str(2**128 - 1), 2)])
def test_shards(key: str, explicit: str | None, shard: int) -> None:
    """The hash of the key, or the one that is given, chooses among equal parts."""
    assert shard_of(key, 3, explicit) == shard


@pytest.mark.parametrize(("data", "pattern", "passes"), [
    ('{"kind": "Opened"}', '{"data": {"kind": ["Opened"]}}', True),
    ('{"kind": "Closed"}', '{"data": {"kind": ["Opened"]}}', False),
    ("no JSON", '{"data": {"kind": ["Opened"]}}', False),
    ("no JSON", '{"partitionKey": ["a"]}', True)])
def test_filters(data: str, pattern: str, passes: bool) -> None:
    """A pattern is about the data, as JSON, or about what stands beside it."""
    assert passes_filters(record(data), (pattern,)) is passes
