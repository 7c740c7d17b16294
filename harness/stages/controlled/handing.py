"""Handing a function one batch of records: of a queue, or of a stream."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

from harness.core.history import Handed
from harness.functions.events import (
    SqsMessage,
    batch_failures,
    event_pattern,
    first_failure,
    readable_report,
    sqs_event,
    stream_report,
    to_json,
)
from harness.functions.events.pipes import pipe_value, piped_record, with_read_body
from harness.stages.controlled.invocations import Invocations
from harness.stages.controlled.waiting import Delivery
from harness.template import QueueFeed, RecordFeed

POISON = "poison-"
Enriched = Callable[[RecordFeed | QueueFeed, Any], None]
"""Takes the answer of a pipe's enrichment."""


def not_enriched(feed: RecordFeed | QueueFeed, answer: Any) -> None:
    """Let a pipe end with its enrichment."""


def feed_without_queue(function: str) -> QueueFeed:
    """A feed for a function that no queue feeds, and that may read records all the same."""
    return QueueFeed("", function, partial=True)


def hand_batch(
    invocations: Invocations, feed: QueueFeed, messages: Sequence[SqsMessage],
    *, group: str | None = None, enriched: Enriched = not_enriched,
) -> frozenset[str]:
    """Invoke a function with one queue batch; the ids of the messages that come back.

    Those that the feed's filters pass over are gone for good ("Lambda event filtering"). Of a FIFO
    queue no two messages of one group are handled at once ("Using Lambda with Amazon SQS"), and it
    is not known of which group a command is: none are.
    """
    messages = [message for message in messages if _passes(feed, message)]
    if not messages:
        return frozenset()
    sent = [_grouped(m, group) for m in messages] if feed.fifo else messages
    event = _event_of_queue(feed, sent, invocations.time.epoch_ms())
    with invocations.one_at_a_time(feed.arn) if feed.fifo else nullcontext():
        outcome = invocations.invoke(feed.function, event)
    ids = tuple(message.message_id for message in messages)
    raised = outcome.error is not None
    partial = feed.partial or (bool(feed.pipe) and _reports(outcome.result))
    failed = frozenset(ids) if raised else batch_failures(
        outcome.result, messages, partial=partial)
    invocations.record(Handed(
        outcome.role, feed.function, outcome.invocation, ids,
        tuple(message.body for message in messages),
        tuple(place for place, id in enumerate(ids) if id in failed),
        raised or not partial or readable_report(outcome.result, messages),
        feed.fifo))
    if not raised and feed.enriches and not _reports(outcome.result):
        enriched(feed, outcome.result)
    return failed


def _event_of_queue(feed: QueueFeed, messages: Sequence[SqsMessage], epoch_ms: int) -> Any:
    """The event of a mapping, or the list of what a pipe hands over."""
    event = sqs_event(messages, queue_arn=feed.arn, epoch_ms=epoch_ms)
    if not feed.pipe:
        return event
    return [record if feed.template is None
            else pipe_value(with_read_body(record), feed.template) for record in event["Records"]]


def _passes(feed: QueueFeed, message: SqsMessage) -> bool:
    """Tell if a message matches one of the feed's patterns, if it has any."""
    if not feed.filters:
        return True
    try:
        body = json.loads(message.body)
    except (ValueError, RecursionError):
        body = message.body
    event: Any = {"messageId": message.message_id, "body": body, "eventSource": "aws:sqs"}
    return any(event_pattern(text).matches(event) for text in feed.filters)


def _grouped(message: SqsMessage, group: str | None) -> SqsMessage:
    """A message with the attributes of a FIFO queue; ids of messages count up, mostly."""
    sequence = uuid.UUID(message.message_id.removeprefix(POISON)).int & (1 << 62) - 1
    return replace(message, attributes={
        "MessageGroupId": group or "conformance",
        "MessageDeduplicationId": message.message_id,
        "SequenceNumber": str(18 * 10**18 + sequence),
    })


def message_of(delivery: Delivery) -> SqsMessage:
    """A delivery as a queue's message."""
    body = to_json(delivery.payload()) if delivery.body is None else delivery.body
    return SqsMessage(delivery.message, body, delivery.attempts + 1, own=delivery.attributes)


def poisonous(delivery: Delivery) -> SqsMessage:
    """A record of the same kind whose detail says nothing."""
    if delivery.body is not None:
        return SqsMessage(POISON + delivery.message, delivery.spoiled)
    event = {**delivery.event, "detail": {"unprocessable": True}}
    poisoned = replace(delivery, event=event)
    return SqsMessage(POISON + delivery.message, to_json(poisoned.payload()))


def hand_records(
    invocations: Invocations, feed: RecordFeed, chosen: Sequence[Delivery],
    enriched: Enriched = not_enriched,
) -> list[Delivery]:
    """Invoke a function with records of a stream; those that come again: the failed one and later.

    A batch that fails as a whole comes again in halves where the mapping says so ("Error handling
    for DynamoDB event sources": BisectBatchOnFunctionError).
    """
    outcome = invocations.invoke(feed.function, _event_of(feed, chosen))
    numbers = tuple(delivery.message for delivery in chosen)
    raised = outcome.error is not None
    partial = feed.partial or (feed.pipe and _reports(outcome.result))
    failed = 0 if raised else first_failure(outcome.result, numbers, partial=partial)
    back = tuple(range(len(chosen) if failed is None else failed, len(chosen)))
    messages = [SqsMessage(number, "") for number in numbers]
    invocations.record(Handed(
        outcome.role, feed.function, outcome.invocation, numbers,
        tuple(to_json(delivery.event) for delivery in chosen), back,
        raised or not partial or readable_report(stream_report(outcome.result), messages),
        ordered=True))
    if raised and feed.bisect and len(chosen) > 1:
        return _in_halves(invocations, feed, chosen, enriched)
    if not raised and feed.enriches and not _reports(outcome.result):
        enriched(feed, outcome.result)
    return [chosen[place] for place in back]


def _event_of(feed: RecordFeed, chosen: Sequence[Delivery]) -> Any:
    """The event of a mapping, or the list of what a pipe hands over."""
    if not feed.pipe:
        return {"Records": [delivery.event for delivery in chosen]}
    return [pipe_value(piped_record(delivery.event), feed.template) for delivery in chosen]


def _reports(result: Any) -> bool:
    return isinstance(result, dict) and "batchItemFailures" in result


def _in_halves(
    invocations: Invocations, feed: RecordFeed, chosen: Sequence[Delivery], enriched: Enriched
) -> list[Delivery]:
    middle = len(chosen) // 2
    failed = hand_records(invocations, feed, chosen[:middle], enriched)
    if failed:
        return [*failed, *chosen[middle:]]
    return hand_records(invocations, feed, chosen[middle:], enriched)
