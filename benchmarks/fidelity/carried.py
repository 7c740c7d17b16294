"""Records and messages that carriers hand over: S3, SNS, streams; and the filters of queues."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.fidelity.batches import QUEUES, STREAMS
from benchmarks.fidelity.comparison import Comparison, snapshots
from harness.functions.events import ItemChange, event_pattern, stream_record
from harness.functions.events.kinesis import StreamedRecord, kinesis_record
from harness.functions.events.s3 import ObjectChange, s3_event
from harness.functions.events.sns import TopicMessage, notice, sns_event

NOTIFICATIONS = "s3/test_s3_notifications_sqs.snapshot.json"
IMITATED = ("ObjectCreated:Put", "ObjectCreated:Copy", "ObjectCreated:CompleteMultipartUpload",
            "ObjectRemoved:Delete")
TOPICS = "sns/test_sns.snapshot.json"
VERSIONED = "versionId"
"""A member of an object in a bucket that keeps versions, which none here does."""
ARN = "arn:aws:dynamodb:us-east-1:111111111111:table/t/stream/2026-01-01T00:00:00.000"


def carried(folder: Path) -> Iterator[Comparison]:
    """The names of all members, at any depth, of records that were recorded."""
    for name, content in snapshots(folder, NOTIFICATIONS):
        for record in _members(content, "s3"):
            if record["eventName"] in IMITATED and VERSIONED not in record["s3"]["object"]:
                yield Comparison(f"{name}, {record['eventName']}", _names(record),
                                 _names(_of_s3(record["eventName"])))
    for name, content in snapshots(folder, TOPICS):
        yield from _of_topic(name, content)
    for file, member in STREAMS.items():
        for name, content in snapshots(folder, file):
            for record in _members(content.get(member, []), "eventSourceARN"):
                yield Comparison(name, _names(record), _names(_of_stream(record)))


def _of_s3(event: str) -> dict[str, Any]:
    change = ObjectChange("b", "k", event, 1, "etag", 1, "2026-01-01T00:00:00.000Z")
    record: dict[str, Any] = s3_event(change, region="us-east-1")["Records"][0]
    return record


def _of_topic(name: str, content: dict[str, Any]) -> Iterator[Comparison]:
    """A message to a function has its attributes and its subject always, one to a queue if any."""
    for told in _members(content, "SignatureVersion"):
        if told.get("Type") != "Notification":
            continue
        attributes = {key: (value["Type"], value["Value"])
                      for key, value in (told.get("MessageAttributes") or {}).items()}
        sent = TopicMessage(told["Message"], told.get("Subject"), attributes)
        made = notice(sent, message_id="m", topic_arn="arn", time="t")
        if "SigningCertUrl" in told:
            made = sns_event(made, subscription="arn")["Records"][0]["Sns"]
        yield Comparison(name, sorted(set(told) - {"SequenceNumber"}), sorted(made))


def _of_stream(record: dict[str, Any]) -> dict[str, Any]:
    if "kinesis" in record:
        sent = StreamedRecord("eA==", record["kinesis"]["partitionKey"], 0, 1)
        return kinesis_record(sent, arn=record["eventSourceARN"], at=0.0, role="arn")
    told = record["dynamodb"]
    change = ItemChange(tuple(told["Keys"]), told.get("OldImage"), told.get("NewImage"))
    return stream_record(change, 1, arn=ARN, view=told["StreamViewType"], at=0)


def filters(folder: Path) -> Iterator[Comparison]:
    """The patterns of mappings of queues let the bodies pass that functions have got."""
    for name, content in snapshots(folder, QUEUES):
        mapping = content.get("create_event_source_mapping_response", {})
        patterns = [json.dumps(each["Pattern"])
                    for each in mapping.get("FilterCriteria", {}).get("Filters", ())]
        for record in _members(content.get("invocation_events", []), "body") if patterns else ():
            passed = any(event_pattern(text).matches({"body": record["body"]})
                         for text in patterns)
            yield Comparison(name, True, passed)


def _members(value: Any, member: str) -> Iterator[dict[str, Any]]:
    """The documents with a member, anywhere in what was recorded."""
    if isinstance(value, list):
        for each in value:
            yield from _members(each, member)
    elif isinstance(value, Mapping):
        if member in value:
            yield dict(value)
        else:
            for each in value.values():
                yield from _members(each, member)


def _names(value: Any, place: str = "") -> list[str]:
    if not isinstance(value, Mapping) or not value:
        return [place]
    return sorted(name for member, each in value.items()
                  for name in _names(each, f"{place}.{member}"))
