"""Lambda's event source mapping for DynamoDB Streams: records, batches, and reports of failures.

Sources: DynamoDB Streams API reference, "Record" and "StreamRecord"; AWS Lambda Developer Guide,
"Using AWS Lambda with Amazon DynamoDB" (the event) and "Configuring partial batch response with
DynamoDB and Lambda": the lowest sequence number that is reported is where the batch goes on, and
a report that cannot be read fails all of it. DynamoDB Developer Guide, "DynamoDB Streams and Time
to Live": who deletes is told by ``userIdentity``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from harness.functions.events.sqs import reported_failures
from harness.functions.lambda_json import utf8

FIRST_NUMBER: Final = 100_000_000_000_000_000_000
STREAM_LABEL: Final = "2026-01-01T00:00:00.000"
EXPIRED: Final = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
_NEW: Final = ("NEW_IMAGE", "NEW_AND_OLD_IMAGES")
_OLD: Final = ("OLD_IMAGE", "NEW_AND_OLD_IMAGES")


@dataclass(frozen=True, slots=True)
class ItemChange:
    """A changed item as DynamoDB JSON, before and after; None where there is no item.

    ``keys`` are the table's key attributes, ``expired``: its time to live had run out.
    """

    keys: tuple[str, ...]
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    expired: bool = False

    @property
    def name(self) -> str:
        """The change as a record names it."""
        if self.before is None:
            return "INSERT"
        return "REMOVE" if self.after is None else "MODIFY"


def stream_record(
    change: ItemChange, number: int, *, arn: str, view: str, at: int
) -> dict[str, Any]:
    """The record of a change at some second; ``number`` counts records, ``arn`` is the stream's."""
    item = change.after if change.after is not None else change.before
    assert item is not None
    images = {"NewImage": change.after if view in _NEW else None,
              "OldImage": change.before if view in _OLD else None}
    shown = {name: dict(image) for name, image in images.items() if image is not None}
    record = {
        "eventID": hashlib.md5(utf8(f"{arn}{number}"), usedforsecurity=False).hexdigest(),
        "eventName": change.name,
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": arn.split(":")[3],
        "dynamodb": {
            "ApproximateCreationDateTime": at,
            "Keys": {name: item[name] for name in change.keys},
            **shown,
            "SequenceNumber": str(FIRST_NUMBER + number),
            "SizeBytes": len(json.dumps(shown)),
            "StreamViewType": view,
        },
        "eventSourceARN": arn,
    }
    return record | ({"userIdentity": dict(EXPIRED)} if change.expired else {})


def sequence_number(record: Mapping[str, Any]) -> str:
    """The number that a record is reported by."""
    return str(record["dynamodb"]["SequenceNumber"])


def stream_report(result: Any) -> Any:
    """The answer of a function as a report of its records; None where it says that all is done.

    An empty text and an empty list are such answers, too: LocalStack's snapshots of its tests on
    AWS have them ("report_batch_item_success_scenarios" of DynamoDB Streams and of Kinesis).
    """
    return None if isinstance(result, str | list) and not result else result


def first_failure(result: Any, numbers: Sequence[str], *, partial: bool) -> int | None:
    """The place of the record where the batch goes on; None if all of it is done.

    ``partial`` says whether the mapping lists ReportBatchItemFailures; without it the result is
    ignored. AWS does not say what becomes of a number that is none of the batch: here all fails.
    """
    report = stream_report(result)
    if not partial or report is None:
        return None
    reported = reported_failures(report)
    if reported is None or not reported <= set(numbers):
        return 0
    return min(map(list(numbers).index, reported), default=None)
