"""Lambda's event source mapping for Amazon SQS: the batch it hands over, the report it reads.

Source: AWS Lambda Developer Guide, "Using Lambda with Amazon SQS" (the event) and "Handling errors
for an SQS event source in Lambda" (implementing partial batch responses). The latter's words:
complete success is "an empty batchItemFailures list, a null batchItemFailures list, an empty
EventResponse, a null EventResponse"; complete failure is "an invalid JSON response, an empty
string itemIdentifier, a null itemIdentifier, an itemIdentifier with a bad key name, an
itemIdentifier value with a message ID that doesn't exist".
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.functions.lambda_json import utf8

_SENDER = "AIDAEXAMPLESENDER"


@dataclass(frozen=True, slots=True)
class SqsMessage:
    """One message of a queue, as it is received for the ``receive_count``-th time.

    ``attributes`` are further system attributes, such as MessageGroupId of a FIFO queue; they win
    over those made here. ``own`` are the sender's message attributes: name -> type and value.
    """

    message_id: str
    body: str
    receive_count: int = 1
    attributes: Mapping[str, str] = field(default_factory=dict)
    own: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def sqs_event(messages: Sequence[SqsMessage], *, queue_arn: str, epoch_ms: int) -> dict[str, Any]:
    """Make the event of one batch; ``epoch_ms`` is when its messages were sent and first received.

    Document: "Using Lambda with Amazon SQS", example SQS message event.
    """
    return {"Records": [_record(message, queue_arn, epoch_ms) for message in messages]}


def batch_failures(result: Any, messages: Sequence[SqsMessage], *, partial: bool) -> frozenset[str]:
    """Tell which messages, by id, return to the queue after the function returned ``result``.

    A complete failure gives every id of the batch. ``partial`` says whether the event source
    mapping lists ReportBatchItemFailures; without it the result is ignored. A function that
    raised returned nothing and is not asked here: all of its messages return.
    """
    if not partial or result is None:
        return frozenset()
    batch = frozenset(message.message_id for message in messages)
    reported = reported_failures(result)
    return batch if reported is None or not reported <= batch else reported


def readable_report(result: Any, messages: Sequence[SqsMessage]) -> bool:
    """Tell whether what a function returned names nothing but messages of its batch, if any."""
    reported = frozenset() if result is None else reported_failures(result)
    return reported is not None and reported <= {message.message_id for message in messages}


def reported_failures(result: Any) -> frozenset[str] | None:
    """Read the identifiers of a report; None for a report that Lambda cannot read."""
    if not isinstance(result, Mapping):
        return None
    failures = result.get("batchItemFailures")
    if failures is None:
        return frozenset()
    if not isinstance(failures, list | tuple):
        return None
    identifiers = [_identifier(failure) for failure in failures]
    return None if None in identifiers else frozenset(i for i in identifiers if i is not None)


def _identifier(failure: Any) -> str | None:
    identifier = failure.get("itemIdentifier") if isinstance(failure, Mapping) else None
    return identifier if isinstance(identifier, str) and identifier else None


def _record(message: SqsMessage, queue_arn: str, epoch_ms: int) -> dict[str, Any]:
    return {
        "messageId": message.message_id,
        "receiptHandle": _receipt_handle(message),
        "body": message.body,
        "attributes": {
            "ApproximateReceiveCount": str(message.receive_count),
            "SentTimestamp": str(epoch_ms),
            "SenderId": _SENDER,
            "ApproximateFirstReceiveTimestamp": str(epoch_ms),
            **message.attributes,
        },
        "messageAttributes": {
            name: {"stringValue": value, "stringListValues": [], "binaryListValues": [],
                   "dataType": kind}
            for name, (kind, value) in message.own.items()},
        "md5OfBody": hashlib.md5(utf8(message.body), usedforsecurity=False).hexdigest(),
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": queue_arn.split(":")[3],
    }


def _receipt_handle(message: SqsMessage) -> str:
    """Make a new handle each time a message is received, as SQS does."""
    received = f"{message.message_id}#{message.receive_count}"
    return f"AQEB{hashlib.sha256(utf8(received)).hexdigest()}"
