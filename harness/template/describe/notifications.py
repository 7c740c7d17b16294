"""Notifications of S3 buckets.

Sources: CloudFormation reference, AWS::S3::Bucket NotificationConfiguration; S3 User Guide,
"Configuring event notifications using object key name filtering" and "Using EventBridge".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from harness.template.describe.feeds import Notification
from harness.template.read.resources import Resources, items, mapping

BUCKET = "AWS::S3::Bucket"
Kind = Literal["function", "queue", "topic"]
LISTS: tuple[tuple[str, str, Kind], ...] = (
    ("LambdaConfigurations", "Function", "function"),
    ("QueueConfigurations", "Queue", "queue"),
    ("TopicConfigurations", "Topic", "topic"),
)


def read_notifications(resources: Resources) -> tuple[Notification, ...]:
    """The notifications of functions, queues and topics of the template, and of the default bus."""
    return tuple(each for name, properties in resources.of(BUCKET) for each in _of(
        name, mapping(properties.get("NotificationConfiguration")), resources))


def _of(bucket: str, given: Mapping[str, Any], resources: Resources) -> Iterator[Notification]:
    named = {"function": resources.function, "queue": resources.queue, "topic": resources.topic}
    for key, member, kind in LISTS:
        for each in items(given.get(key)):
            target = named[kind](mapping(each).get(member))
            if target is not None:
                yield _notification(bucket, kind, target, each)
    if "EventBridgeConfiguration" in given and _is_enabled(given["EventBridgeConfiguration"]):
        yield Notification(bucket, "bus", "default")


def _is_enabled(configuration: Any) -> bool:
    return str(mapping(configuration).get("EventBridgeEnabled", True)).lower() != "false"


def _notification(
    bucket: str, kind: Kind, target: str, given: Mapping[str, Any]
) -> Notification:
    rules = items(mapping(mapping(given.get("Filter")).get("S3Key")).get("Rules"))
    filters = {str(mapping(r).get("Name")).lower(): str(mapping(r).get("Value")) for r in rules}
    return Notification(bucket, kind, target, (str(given.get("Event", "s3:*")),),
                        filters.get("prefix", ""), filters.get("suffix", ""))
