"""Attempts to hand deliveries to their functions: one, or several as the records of one batch.

Each carrier has its hand-over and its rule for those that come again. Every attempt leaves a
record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from harness.core.history import Delivered, Role
from harness.stages.controlled.handing import (
    Enriched,
    feed_without_queue,
    hand_batch,
    hand_records,
    message_of,
    not_enriched,
    poisonous,
)
from harness.stages.controlled.invocations import Invocations
from harness.stages.controlled.running import Outcome
from harness.stages.controlled.waiting import Delivery, Waiting
from harness.template import QueueFeed, RecordFeed

Succeeded = Callable[[Delivery, Outcome], None]
"""Is told of a delivery whose asynchronous invocation has succeeded."""


def never_hit(function: str) -> bool:
    """Tell that no fault has hit a function."""
    return False


def no_destination(delivery: Delivery, outcome: Outcome) -> None:
    """Send the result of a function nowhere."""


@dataclass
class Attempts:
    """Hands deliveries over.

    ``newest``: the newest event that was handed over, to relays (True) and to projections.
    ``disturbed``: a fault has hit some call, so that what fails may do so for that alone.
    ``once``: functions whose asynchronous invocations are not tried again, and whether something
    keeps what they fail on. Two attempts or more are minutes apart: an event that comes too early
    is on time at the second. ``hit``: tells if a fault has hit a function. ``succeeded``: see
    ``Succeeded``; ``enriched``: see ``Enriched``.
    """

    waiting: Waiting
    invocations: Invocations
    feeds: Mapping[str, QueueFeed]
    streams: Mapping[str, RecordFeed]
    relays: frozenset[str]
    disturbed: Callable[[], bool]
    once: Mapping[str, bool] = field(default_factory=dict)
    hit: Callable[[str], bool] = never_hit
    succeeded: Succeeded = no_destination
    enriched: Enriched = not_enriched
    newest: dict[bool, int] = field(default_factory=dict)

    def batch_size(self, delivery: Delivery) -> int:
        """The most records that come at once on a delivery's way."""
        feed = self.feeds.get(delivery.target.queue or "") or self.streams.get(
            delivery.target.stream or "")
        return feed.batch_size if feed else 10

    def one(self, delivery: Delivery) -> bool:
        """Hand a delivery over; whether it is done with."""
        if delivery.target.stream is not None:
            return self._records_again(delivery)
        if delivery.target.queue is not None:
            return not self.batch([delivery], None)
        with self._under_way([delivery]):
            outcome = self.invocations.invoke(
                delivery.target.function, delivery.payload(), Role.PROJECTION)
        self._note(delivery, ok=outcome.error is None, records=0)
        if outcome.error is None:
            self.succeeded(delivery, outcome)
        return outcome.error is None or self._is_given_up(delivery)

    def _records_again(self, delivery: Delivery) -> bool:
        """Hand a record of a stream over, in its batch if it has failed in one."""
        companions = self.waiting.companions(delivery)
        left = self.records([delivery, *companions])
        done = [each for each in companions if each not in left]
        self.waiting.pending = [each for each in self.waiting.pending if each not in done]
        return delivery not in left

    def _is_given_up(self, delivery: Delivery) -> bool:
        """Tell if an asynchronous invocation that failed is not tried again.

        Where a fault has hit the function, the event is redriven at the end if something keeps it,
        and else lost (Lambda Developer Guide, "Capturing records of Lambda asynchronous
        invocations").
        """
        function = delivery.target.function
        if function not in self.once or self.waiting.held or self.waiting.lost:
            return False
        if not self.hit(function):
            return self._set_aside(1, delivery)
        self.waiting.give_up([delivery], kept=self.once[function])
        return True

    @contextmanager
    def _under_way(self, deliveries: list[Delivery]) -> Iterator[None]:
        first = [delivery for delivery in deliveries if not delivery.again]
        self.waiting.under_way += first
        try:
            with self.waiting.chains.handed_over(delivery.number for delivery in deliveries):
                yield
        finally:
            self.waiting.under_way = [d for d in self.waiting.under_way if d not in first]

    def batch(self, chosen: list[Delivery], poison: int | None) -> list[Delivery]:
        """Hand messages of a queue over as one batch; those that come again.

        ``poison``: the place of a message among them that cannot be handled.
        """
        messages = [message_of(delivery) for delivery in chosen]
        if poison is not None:
            messages.insert(poison % (len(messages) + 1), poisonous(chosen[0]))
        with self._under_way(chosen):
            target = chosen[0].target
            feed = self.feeds.get(target.queue or "") or feed_without_queue(target.function)
            failed = hand_batch(self.invocations, feed, messages, group=target.group,
                                enriched=self.enriched)
        for delivery in chosen:
            self._note(delivery, ok=delivery.message not in failed, records=len(messages))
        again = [delivery for delivery in chosen if delivery.message in failed]
        if poison is not None:
            return again
        return [d for d in again if not self._set_aside(feed.receives, d)]

    def _set_aside(self, most: int | None, delivery: Delivery) -> bool:
        """Tell if an event has come as often as its carrier allows, only because others came late.

        That is a queue's maxReceiveCount, or a function's MaximumRetryAttempts of 0. The harness
        hands it over again at once: too often to count after a fault, or while another one is held
        back or lost.
        """
        if most is None or self.disturbed() or self.waiting.held or self.waiting.lost:
            return False
        delivery.too_early += 1
        return delivery.too_early >= most

    def records(self, chosen: list[Delivery], *, last: bool = False) -> list[Delivery]:
        """Hand records of a stream over; those that come again, less what the mapping gives up.

        Where a batch is divided, only the record that failed has used up an attempt.
        """
        feed = self.streams[chosen[0].target.stream or ""]
        with self._under_way(chosen):
            failed = hand_records(self.invocations, feed, chosen, self.enriched)
        for delivery in chosen:
            self._note(delivery, ok=delivery not in failed, records=len(chosen))
        for delivery in failed[1:] if feed.partial or feed.bisect else ():
            delivery.attempts -= 1
        given_up = [d for d in failed if last or feed.gives_up(d.attempts)]
        self.waiting.give_up(given_up, kept=feed.aside)
        return [d for d in failed if d not in given_up]

    def _note(self, delivery: Delivery, *, ok: bool, records: int) -> None:
        relayed = delivery.target.function in self.relays
        newest = self.newest.get(relayed, -1)
        late = not delivery.again and delivery.number < newest
        delivery.attempts += 1
        if not delivery.again:
            self.newest[relayed] = max(newest, delivery.number)
        if ok and not delivery.again:
            self.waiting.delivered.append(delivery)
        self.invocations.record(Delivered(
            delivery.number, delivery.target.function, delivery.again, late, records, ok))
