"""Notifications of S3: the event of a function, a queue or a topic, and EventBridge's.

Sources: S3 User Guide, "Event message structure" (one record, the key URL-encoded, the sequencer),
"Event message structure for EventBridge" (the key as it is) and "Configuring event notifications"
(the test event that a queue or a topic gets when the notification is made).
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import quote_plus

OPERATIONS = {
    "PutObject": "ObjectCreated:Put",
    "CopyObject": "ObjectCreated:Copy",
    "CompleteMultipartUpload": "ObjectCreated:CompleteMultipartUpload",
    "DeleteObject": "ObjectRemoved:Delete",
}
"""Operation -> the event that it makes."""
DETAIL_TYPES = {"ObjectCreated": "Object Created", "ObjectRemoved": "Object Deleted"}
REASONS = {"ObjectCreated:Copy": "CopyObject", "ObjectRemoved:Delete": "DeleteObject",
           "ObjectCreated:CompleteMultipartUpload": "CompleteMultipartUpload"}


@dataclass(frozen=True, slots=True)
class ObjectChange:
    """A changed object; ``event`` is S3's name of the change, ``number`` counts them."""

    bucket: str
    key: str
    event: str
    size: int
    etag: str
    number: int
    time: str

    @property
    def sequencer(self) -> str:
        """The text that grows with each change."""
        return f"{0x0055AED6DCD90281E5 + self.number:018X}"


def notified(change: ObjectChange, events: tuple[str, ...], prefix: str, suffix: str) -> bool:
    """Tell if a configuration is about a change; prefixes and suffixes are those of the key."""
    named = any(fnmatchcase(f"s3:{change.event}", pattern) for pattern in events)
    return named and change.key.startswith(prefix) and change.key.endswith(suffix)


def s3_event(change: ObjectChange, *, region: str) -> dict[str, Any]:
    """The event of a notification, with one record."""
    stored = {"size": change.size, "eTag": change.etag} if "Created" in change.event else {}
    return {"Records": [{
        "eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": region,
        "eventTime": change.time, "eventName": change.event,
        "userIdentity": {"principalId": "AWS:EXAMPLE"},
        "requestParameters": {"sourceIPAddress": "127.0.0.1"},
        "responseElements": {"x-amz-request-id": change.sequencer, "x-amz-id-2": "EXAMPLE"},
        "s3": {
            "s3SchemaVersion": "1.0", "configurationId": "conformance",
            "bucket": {"name": change.bucket, "arn": f"arn:aws:s3:::{change.bucket}",
                       "ownerIdentity": {"principalId": "EXAMPLE"}},
            "object": {"key": quote_plus(change.key, safe="/"), **stored,
                       "sequencer": change.sequencer},
        },
    }]}


def bus_detail(change: ObjectChange, *, account: str) -> tuple[str, dict[str, Any]]:
    """DetailType and Detail of the event that S3 puts on the default bus."""
    stored = {"size": change.size, "etag": change.etag} if "Created" in change.event else {}
    reason = {"reason": REASONS.get(change.event, "PutObject")}
    return DETAIL_TYPES[change.event.partition(":")[0]], {
        "version": "0", "bucket": {"name": change.bucket},
        "object": {"key": change.key, **stored, "sequencer": change.sequencer},
        "request-id": change.sequencer, "requester": account, "source-ip-address": "127.0.0.1",
        **reason,
    }


def s3_test_event(bucket: str, *, time: str) -> dict[str, Any]:
    """The event that a queue or a topic gets when a bucket's notification is made."""
    return {"Service": "Amazon S3", "Event": "s3:TestEvent", "Time": time, "Bucket": bucket,
            "RequestId": "EXAMPLE", "HostId": "EXAMPLE"}
