"""Handing functions what is on its way: one event, a batch, or everything until it is quiet.

A failed delivery goes back to where it was and is tried again, as EventBridge and Lambda do
("Asynchronous invocation", retries) and SQS after the visibility time-out. The harness is
more patient than AWS: it gives a delivery up only when nothing at all gets through any more.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

from harness.core.history import Delivered, Handed, Held
from harness.functions.events import (
    SqsMessage,
    batch_failures,
    event_pattern,
    readable_report,
    sqs_event,
    to_json,
)
from harness.stages.controlled.bus import Bus, Delivery
from harness.stages.controlled.environments import Invocations
from harness.template import QueueFeed

POISON = "poison-"
PATIENCE = 3
"""Rounds of settling without any success before what is left is given up."""


@dataclass
class Dispatcher:
    """Moves deliveries from the bus to functions."""

    bus: Bus
    invocations: Invocations
    feeds: Mapping[str, QueueFeed]
    newest: int = -1

    def begin(self) -> None:
        """Begin a play: nothing is on its way."""
        self.bus.reset()
        self.newest = -1

    def deliver(self, pick: int) -> None:
        """Deliver the pending event at that position, modulo their number."""
        if self.bus.pending:
            delivery = self.bus.pending.pop(pick % len(self.bus.pending))
            if not self._attempt(delivery):
                self.bus.pending.append(delivery)

    def redeliver(self, pick: int) -> None:
        """Deliver once more: the ``pick``-th latest of those delivered, modulo their number.

        In a concurrent block what is being delivered comes again, too.
        """
        known = self.bus.delivered + self.bus.under_way
        if known:
            before = known[-1 - pick % len(known)]
            again = replace(before, again=True, attempts=0)
            if not self._attempt(again):
                self.bus.pending.append(again)

    def hold(self, pick: int, *, lost: bool) -> None:
        """Set a pending event aside."""
        if self.bus.pending:
            delivery = self.bus.pending.pop(pick % len(self.bus.pending))
            (self.bus.lost if lost else self.bus.held).append(delivery)
            self.invocations.record(Held(delivery.number, lost))

    def batch(self, size: int, poison: int | None, *, aside: bool = False) -> None:
        """Deliver up to ``size`` pending events of one function as one batch of records.

        One that a queue feeds is what records are for. ``aside``: see ``Batch``; a queue's messages
        that come back too often go to its dead letters ("Using dead-letter queues in Amazon SQS").
        """
        if not self.bus.pending:
            return
        fed = (d for d in self.bus.pending if d.target.queue is not None)
        first = next(fed, self.bus.pending[0])
        same = [d for d in self.bus.pending if d.target == first.target]
        chosen = same[: max(1, min(size, self._batch_size(first)))]
        self.bus.pending = [d for d in self.bus.pending if d not in chosen]
        failed = self._attempt_batch(chosen, poison)
        if aside and poison is not None and not self._ordered(first):
            for _ in range(PATIENCE - 1):
                failed = self._attempt_batch(failed, poison) if failed else []
            failed = []
        self.bus.pending = failed + self.bus.pending

    def _ordered(self, delivery: Delivery) -> bool:
        feed = self.feeds.get(delivery.target.queue or "")
        return feed is not None and feed.fifo

    def settle(
        self, *, final: bool, later: Callable[[], bool] | None = None
    ) -> tuple[int, int]:
        """Deliver until nothing gets through; the last time also what was lost.

        Only then is what still fails given up: before, it may be waiting for a delivery that
        is held back or lost, or for what a crash has left to run out: ``later`` lets time pass.
        Gives the rounds it took and the deliveries given up.
        """
        rounds = self._drain()
        released, self.bus.held = self.bus.held, []
        if final:
            released, self.bus.lost = released + self.bus.lost, []
        if released:
            self.bus.pending += released
            rounds += self._drain()
        if final and self.bus.pending and later is not None and later():
            rounds += self._drain()
        dead = len(self.bus.pending) if final else 0
        self.bus.pending = [] if final else self.bus.pending
        return rounds, dead

    def _drain(self) -> int:
        rounds = stalled = 0
        while self.bus.pending and stalled < PATIENCE:
            rounds += 1
            stalled = 0 if self._round() else stalled + 1
        return rounds

    def _round(self) -> bool:
        """Try everything that is pending once; whether anything got through."""
        waiting, self.bus.pending = self.bus.pending, []
        failed = [delivery for delivery in waiting if not self._attempt(delivery)]
        self.bus.pending = failed + self.bus.pending
        return len(failed) < len(waiting)

    def _batch_size(self, delivery: Delivery) -> int:
        feed = self.feeds.get(delivery.target.queue or "")
        return feed.batch_size if feed else 10

    def _attempt(self, delivery: Delivery) -> bool:
        if delivery.target.queue is not None:
            return not self._attempt_batch([delivery], None)
        with self._under_way([delivery]):
            outcome = self.invocations.invoke(delivery.target.function, delivery.payload())
        self._note(delivery, ok=outcome.error is None, records=0)
        return outcome.error is None

    @contextmanager
    def _under_way(self, deliveries: list[Delivery]) -> Iterator[None]:
        first = [delivery for delivery in deliveries if not delivery.again]
        self.bus.under_way += first
        try:
            yield
        finally:
            self.bus.under_way = [d for d in self.bus.under_way if d not in first]

    def _attempt_batch(self, chosen: list[Delivery], poison: int | None) -> list[Delivery]:
        messages = [_message(delivery) for delivery in chosen]
        if poison is not None:
            messages.insert(poison % (len(messages) + 1), _poisonous(chosen[0]))
        with self._under_way(chosen):
            failed = self._invoke_batch(chosen[0], messages)
        for delivery in chosen:
            self._note(delivery, ok=delivery.message not in failed, records=len(messages))
        return [delivery for delivery in chosen if delivery.message in failed]

    def _invoke_batch(self, first: Delivery, messages: list[SqsMessage]) -> frozenset[str]:
        feed = self.feeds.get(first.target.queue or "")
        feed = feed or feed_without_queue(first.target.function)
        return hand_batch(self.invocations, feed, messages, group=first.target.group)

    def _note(self, delivery: Delivery, *, ok: bool, records: int) -> None:
        late = not delivery.again and delivery.number < self.newest
        delivery.attempts += 1
        if not delivery.again:
            self.newest = max(self.newest, delivery.number)
        if ok and not delivery.again:
            self.bus.delivered.append(delivery)
        self.invocations.record(Delivered(
            delivery.number, delivery.target.function, delivery.again, late, records, ok))


def feed_without_queue(function: str) -> QueueFeed:
    """A feed for a function that no queue feeds, and that may read records all the same."""
    return QueueFeed("", function, partial=True)


def hand_batch(
    invocations: Invocations, feed: QueueFeed, messages: Sequence[SqsMessage],
    *, group: str | None = None,
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
    event = sqs_event(sent, queue_arn=feed.arn, epoch_ms=invocations.epoch_ms())
    with invocations.one_at_a_time(feed.arn) if feed.fifo else nullcontext():
        outcome = invocations.invoke(feed.function, event)
    ids = tuple(message.message_id for message in messages)
    raised = outcome.error is not None
    failed = frozenset(ids) if raised else batch_failures(
        outcome.result, messages, partial=feed.partial)
    invocations.record(Handed(
        outcome.role, feed.function, outcome.invocation, ids,
        tuple(message.body for message in messages),
        tuple(place for place, id in enumerate(ids) if id in failed),
        raised or not feed.partial or readable_report(outcome.result, messages),
        feed.fifo))
    return failed


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


def _message(delivery: Delivery) -> SqsMessage:
    return SqsMessage(delivery.message, to_json(delivery.payload()), delivery.attempts + 1)


def _poisonous(delivery: Delivery) -> SqsMessage:
    """A record of the same kind whose detail says nothing."""
    event = {**delivery.event, "detail": {"unprocessable": True}}
    poisoned = replace(delivery, event=event)
    return SqsMessage(POISON + delivery.message, to_json(poisoned.payload()))
