"""The events of Lambda's event source mapping for a queue, and their reports."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes import (
    SQSEvent,
)
from hypothesis import given
from hypothesis import strategies as st

from harness.functions.events import (
    SqsMessage,
    batch_failures,
    sqs_event,
)
from tests.harness.functions.event_values import EPOCH_MS, TEXT, VALUES

QUEUE_ARN = "arn:aws:sqs:eu-west-3:123456789012:commands"
MESSAGES = [SqsMessage("m1", "a"), SqsMessage("m2", "b")]
NONE: set[str] = set()
ALL = {"m1", "m2"}


def report(*identifiers: Any) -> dict[str, Any]:
    """Report failures as the document says."""
    return {"batchItemFailures": [{"itemIdentifier": each} for each in identifiers]}


# AWS Lambda Developer Guide, "Handling errors for an SQS event source in Lambda".
BATCH_REPORTS: list[tuple[str, Any, bool, set[str]]] = [
    ("partial responses are off", report("m1"), False, NONE),
    ("off, and no report", "ok", False, NONE),
    ("one failure", report("m1"), True, {"m1"}),
    ("every message failed", report("m1", "m2"), True, ALL),
    ("the same failure twice", report("m2", "m2"), True, {"m2"}),
    ("an empty batchItemFailures list", {"batchItemFailures": []}, True, NONE),
    ("a null batchItemFailures list", {"batchItemFailures": None}, True, NONE),
    ("an empty EventResponse", {}, True, NONE),
    ("a null EventResponse", None, True, NONE),
    ("no such member", {"statusCode": 200}, True, NONE),
    ("member misspelt", {"batchItemFailure": [{"itemIdentifier": "m1"}]}, True, NONE),
    ("member in capitals", {"BatchItemFailures": [{"ItemIdentifier": "m1"}]}, True, NONE),
    ("an invalid response", "ok", True, ALL),
    ("a list", ["m1"], True, ALL),
    ("failures not a list", {"batchItemFailures": "m1"}, True, ALL),
    ("failures not objects", {"batchItemFailures": ["m1"]}, True, ALL),
    ("an empty string itemIdentifier", report(""), True, ALL),
    ("a null itemIdentifier", report(None), True, ALL),
    ("a bad key name", {"batchItemFailures": [{"itemId": "m1"}]}, True, ALL),
    ("a message ID that doesn't exist", report("m3"), True, ALL),
    ("an identifier that is no string", report(1), True, ALL),
    ("a good and a bad one", report("m1", ""), True, ALL),
    ("a good and an unknown one", report("m1", "m3"), True, ALL),
]


class TestSqs:
    """Lambda's event source mapping for a queue."""

    @given(st.dictionaries(VALUES, st.tuples(TEXT, st.integers(1, 9)), min_size=1, max_size=5))
    def test_gives_back_the_messages(self, sent: dict[str, tuple[str, int]]) -> None:
        """An independent reader finds ids, bodies and receive counts in the batch."""
        messages = [SqsMessage(name, body, count) for name, (body, count) in sent.items()]
        made = sqs_event(messages, queue_arn=QUEUE_ARN, epoch_ms=EPOCH_MS)
        records = SQSEvent(json.loads(json.dumps(made))).records
        read = {
            r.message_id: (r.body, int(r.attributes.approximate_receive_count)) for r in records
        }
        assert read == sent

    def test_record(self) -> None:
        """A record has every member of the document, and the digest of its body."""
        made = sqs_event([SqsMessage("m1", "é")], queue_arn=QUEUE_ARN, epoch_ms=EPOCH_MS)
        record = made["Records"][0]
        assert record["md5OfBody"] == hashlib.md5("é".encode()).hexdigest()
        assert (record["awsRegion"], record["eventSource"]) == ("eu-west-3", "aws:sqs")
        assert record["attributes"]["SentTimestamp"] == str(EPOCH_MS)
        assert record.keys() == {
            "messageId",
            "receiptHandle",
            "body",
            "attributes",
            "messageAttributes",
            "md5OfBody",
            "eventSource",
            "eventSourceARN",
            "awsRegion",
        }

    def test_system_attributes(self) -> None:
        """Further system attributes stand beside those made here."""
        message = SqsMessage("m1", "", attributes={"MessageGroupId": "g"})
        made = sqs_event([message], queue_arn=QUEUE_ARN, epoch_ms=EPOCH_MS)
        assert made["Records"][0]["attributes"].items() >= {
            ("MessageGroupId", "g"),
            ("ApproximateReceiveCount", "1"),
        }

    def test_receipt_handle(self) -> None:
        """A message received again has another receipt handle."""
        batch = [SqsMessage("m1", "a", 1), SqsMessage("m1", "a", 2)]
        made = sqs_event(batch, queue_arn=QUEUE_ARN, epoch_ms=EPOCH_MS)
        assert len({record["receiptHandle"] for record in made["Records"]}) == 2

    @pytest.mark.parametrize(
        ("result", "partial", "retried"),
        [row[1:] for row in BATCH_REPORTS],
        ids=[row[0] for row in BATCH_REPORTS],
    )
    def test_report(self, result: Any, partial: bool, retried: set[str]) -> None:
        """The messages that return to the queue are those the document says."""
        assert batch_failures(result, MESSAGES, partial=partial) == retried
