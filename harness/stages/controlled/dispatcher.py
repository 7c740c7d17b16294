"""Handing functions what is on its way: one event, a batch, or everything until it is quiet.

A failed delivery goes back to where it was and is tried again, as EventBridge and Lambda do
("Asynchronous invocation", retries) and SQS after the visibility time-out. The harness is
more patient than AWS: it gives a delivery up only when nothing at all gets through any more.
A stream is as patient as its mapping says, keeps the order within a line, and lets a record that
fails hold back those behind it (``harness.core.carriers``).

Steps act on the deliveries to projections, and those to relays go on at once; or, in a scenario
about relays, on the deliveries to relays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace

from harness.core.history import Endless, Held
from harness.stages.controlled.attempts import Attempts, Succeeded, never_hit, no_destination
from harness.stages.controlled.handing import Enriched, not_enriched
from harness.stages.controlled.invocations import Invocations
from harness.stages.controlled.waiting import Delivery, Waiting
from harness.template import QueueFeed, RecordFeed

PATIENCE = 3
"""Rounds of settling without any success before what is left is given up."""
MOST_ATTEMPTS = 10
"""Attempts at one batch after which a mapping with more of them is taken to have made them all."""
Poison = Callable[[Delivery], Delivery | None]
"""Makes of a stream's record one that cannot be handled, if it can."""


def no_poison(delivery: Delivery) -> Delivery | None:
    """Make no record that cannot be handled."""
    return None


@dataclass
class Dispatcher:
    """Moves deliveries from where they wait to functions.

    ``relays``: functions that pass events on. ``fed``: relays and projections that a queue or a
    stream feeds. ``at_relays``: steps act on their deliveries.
    ``poison``: see ``Poison``. ``disturbed``, ``once``, ``hit``, ``succeeded``: see ``Attempts``.
    ``sweep`` runs the scheduled functions among the relays.
    """

    waiting: Waiting
    invocations: Invocations
    feeds: Mapping[str, QueueFeed]
    streams: Mapping[str, RecordFeed] = field(default_factory=dict)
    relays: frozenset[str] = frozenset()
    poison: Poison = no_poison
    sweep: Callable[[], bool] | None = None
    disturbed: Callable[[], bool] = lambda: False
    once: Mapping[str, bool] = field(default_factory=dict)
    hit: Callable[[str], bool] = never_hit
    succeeded: Succeeded = no_destination
    enriched: Enriched = not_enriched
    fed: frozenset[str] = frozenset()
    at_relays: bool = False
    overlapping: bool = False

    def __post_init__(self) -> None:
        self.attempts = Attempts(self.waiting, self.invocations, self.feeds, self.streams,
                                 self.relays, lambda: self.disturbed(), self.once,
                                 lambda function: self.hit(function), self.succeeded,
                                 self.enriched)

    def begin(self) -> None:
        """Begin a play: nothing is on its way."""
        self.waiting.reset()
        self.attempts.newest.clear()
        self.at_relays = False

    # -- steps ---------------------------------------------------------------------------

    @contextmanager
    def advancing(self) -> Iterator[None]:
        """Let relays handle what waits for them afterwards, unless steps decide about that."""
        yield
        if self.relays and not self.at_relays and not self.overlapping:
            self._sweep()
            self._drain(lambda delivery: delivery.target.function in self.relays)

    @contextmanager
    def relays_wait(self) -> Iterator[None]:
        """Let relays handle what waits for them only after overlapping branches have ended."""
        with self.advancing():
            self.overlapping = True
            try:
                yield
            finally:
                self.overlapping = False

    def deliver(self, pick: int) -> None:
        """Deliver the pending event at that position, modulo their number."""
        if self.overlapping and not self.at_relays:
            self._relay_in_branch()
        picked = self._picked(pick)
        if picked is None:
            return
        self._hand_over(picked, self._put_back)

    def _relay_in_branch(self) -> None:
        """Let relays pass on what waits for them amid overlapping branches, as a part of one."""
        for each in [d for d in self.waiting.pending if d.target.function in self.relays]:
            self._hand_over(each, self._put_back)

    def redeliver(self, pick: int) -> None:
        """Deliver once more: the ``pick``-th latest of those delivered, modulo their number.

        In a concurrent block what is being delivered comes again, too. A stream that goes back
        repeats all from there on.
        """
        known = [d for d in (*self.waiting.delivered, *self.waiting.under_way) if self._meant(d)]
        if not known:
            return
        before = known[-1 - pick % len(known)]
        with self._lane(before):
            run = self._since(before) if before.line is not None else [before]
            again = [replace(delivery, again=True, attempts=0, batch=0) for delivery in run]
            while again and self.attempts.one(again[0]):
                del again[0]
            self.waiting.put_back(again)

    def _since(self, first: Delivery) -> list[Delivery]:
        """Those that a stream delivered last of a line, from one on; at most one batch."""
        same = [d for d in self.waiting.delivered if d.shares_line(first)]
        size = 1 if first.target.stream is None else self.attempts.batch_size(first)
        start = same.index(first) if first in same else len(same) - 1
        return same[max(start, len(same) - size):]

    def hold(self, pick: int, *, lost: bool) -> None:
        """Set a pending event aside."""
        picked = self._picked(pick)
        if picked is not None:
            self.waiting.pending.remove(picked)
            self.waiting.set_apart(picked)
            (self.waiting.lost if lost else self.waiting.held).append(picked)
            self.invocations.record(Held(picked.number, lost))

    def batch(self, size: int, poison: int | None, *, aside: bool = False) -> None:
        """Deliver up to ``size`` pending events of one function as one batch of records.

        One that a queue feeds is what records are for: another one is handed some only where
        no function that the step is about is ``fed``. ``aside``: see ``Batch``; a queue's messages
        that come back too often go to its dead letters ("Using dead-letter queues in Amazon SQS").
        """
        pending = [d for d in self.waiting.pending if self._meant(d) and self.waiting.is_ready(d)]
        if not pending:
            return
        fed = (d for d in pending if d.target.queue is not None)
        first = next(fed, pending[0])
        if not _in_records(first) and any(map(self.is_about, self.fed)):
            return
        same = [d for d in pending if d.target == first.target]
        chosen = same[: max(1, min(size, self.attempts.batch_size(first)))]
        if first.target.stream is not None:
            self._batch_of_stream(chosen, poison)
            return
        self.waiting.pending = [d for d in self.waiting.pending if d not in chosen]
        failed = self.attempts.batch(chosen, poison)
        if aside and poison is not None and not self._ordered(first):
            for _ in range(PATIENCE - 1):
                failed = self.attempts.batch(failed, poison) if failed else []
            failed = []
        self.waiting.pending = failed + self.waiting.pending

    def _batch_of_stream(self, chosen: list[Delivery], poison: int | None) -> None:
        """Hand records of a stream over; one that cannot be handled stays among them.

        A batch that fails as a whole comes again as it was, until the mapping gives it up. So does
        the rest of one from which nothing is given up or divided: where a batch of so many records
        always fails, none of them ever gets through ("Error handling for DynamoDB event sources").
        """
        feed = self.streams[chosen[0].target.stream or ""]
        self.waiting.pending = [d for d in self.waiting.pending if d not in chosen]
        bad = None if poison is None else self.poison(chosen[0])
        batch = list(chosen)
        if bad is not None and poison is not None:
            batch.insert(poison % (len(chosen) + 1), bad)
        with self._lane(chosen[0]):
            left = self.attempts.records(batch)
            whole = feed.retries is not None and not feed.partial and not feed.bisect
            for attempt in range(MOST_ATTEMPTS if whole else 0):
                if left:
                    late = attempt == MOST_ATTEMPTS - 1
                    left = self.attempts.records(left, last=late)
            if bad is None and not feed.bisect:
                self.waiting.keep_together(left)
            self.waiting.put_back(left)

    def settle(
        self, *, final: bool, later: Callable[[], bool] | None = None
    ) -> tuple[int, int]:
        """Deliver until nothing gets through; the last time also what was lost.

        Only then is what still fails given up: before, it may be waiting for a delivery that
        is held back or lost, or for what a crash has left to run out: ``later`` lets time pass.
        Gives the rounds it took and the deliveries given up.
        """
        waiting = self.waiting
        self._sweep()
        rounds = self._drain()
        released, waiting.held = waiting.held, []
        if final:
            released, waiting.lost = released + waiting.lost, []
        if released:
            waiting.put_back(sorted(released, key=lambda d: d.number) if self.streams else released)
            rounds += self._drain()
        if final and waiting.pending and later is not None and later():
            rounds += self._drain()
        if not final:
            return rounds, 0
        rounds += self._sweep_until_done() + self._give_up()
        endless = next((d for d in waiting.pending if waiting.chains.is_endless(d.number)), None)
        if endless is not None:
            self.invocations.record(Endless(endless.number, endless.target.function))
        dead = len(waiting.pending) + waiting.gone
        waiting.pending = []
        return rounds, dead

    def _sweep(self) -> bool:
        """Run the scheduled functions; whether none failed."""
        return self.sweep is None or self.sweep()

    def _sweep_until_done(self) -> int:
        """Run the scheduled functions until they have worked twice; gives the rounds in between.

        After faults they work more often: one may have left what a fault has hit to its next runs.
        """
        rounds = worked = 0
        for _ in range(2 * PATIENCE if self.sweep is not None else 0):
            worked = worked + 1 if self._sweep() else 0
            rounds += self._drain()
            if worked > (PATIENCE if self.disturbed() else 1):
                break
        return rounds

    # -- rounds --------------------------------------------------------------------------

    def _give_up(self) -> int:
        """Let streams give up what still fails where they may, and redrive what was kept."""
        rounds = 0
        while (bad := next((d for d in self.waiting.pending if self._may_give_up(d)), None)):
            self.waiting.pending.remove(bad)
            self.waiting.give_up([bad], kept=self.streams[bad.target.stream or ""].aside)
            rounds += self._drain()
        again, self.waiting.aside = self.waiting.aside, []
        failed = [delivery for delivery in again if not self.attempts.one(delivery)]
        self.waiting.aside = []
        self.waiting.gone += len(failed)
        return rounds + (self._drain() if again else 0)

    def _may_give_up(self, delivery: Delivery) -> bool:
        stream = self.streams.get(delivery.target.stream or "")
        return stream is not None and stream.retries is not None

    def _drain(self, meant: Callable[[Delivery], bool] = lambda delivery: True) -> int:
        self.waiting.chains.begin(len(self.waiting.pending))

        def wanted(delivery: Delivery) -> bool:
            return meant(delivery) and self.waiting.chains.goes_on(delivery.number)

        rounds = stalled = 0
        while stalled < PATIENCE and any(map(wanted, self.waiting.pending)):
            rounds += 1
            stalled = 0 if self._round(wanted) else stalled + 1
        return rounds

    def _round(self, meant: Callable[[Delivery], bool]) -> bool:
        """Try everything that is meant once; whether anything got through, or was given up.

        All of it stays in sight meanwhile: in overlapping branches the round of one must not
        overtake in a lane what the round of another one is about to hand over.
        """
        order = list(self.waiting.pending)
        blocked: set[str] = set()
        worked = False
        for delivery in order:
            lane = self.waiting.lane(delivery)
            stands = lane in blocked or not self.waiting.is_ready(delivery)
            if not stands and meant(delivery) and self._in_turn(delivery, order):
                worked = True
            elif lane is not None:
                blocked.add(lane)
        return worked

    def _in_turn(self, delivery: Delivery, order: Sequence[Delivery]) -> bool:
        """Attempt a delivery; one that fails goes back to its place in an order."""
        def back(head: Delivery) -> None:
            before = order[:order.index(head)] if head in order else []
            place = sum(each in before for each in self.waiting.pending)
            self.waiting.pending.insert(place, head)

        return self._hand_over(delivery, back)

    def _hand_over(self, delivery: Delivery, back: Callable[[Delivery], None]) -> bool:
        """Attempt a delivery, or the first of its line, when its lane is free.

        Gives whether it is done with; ``back`` puts one that fails among those that wait.
        """
        with self._lane(delivery):
            head = self.waiting.head(delivery)
            if head is None:  # handed over in another branch
                return True
            self.waiting.pending.remove(head)
            done = self.attempts.one(head)
            if not done:
                back(head)
            return done

    def _put_back(self, head: Delivery) -> None:
        self.waiting.put_back([head])

    # -- choosing ------------------------------------------------------------------------

    def _meant(self, delivery: Delivery) -> bool:
        """Tell if steps act on a delivery."""
        return self.is_about(delivery.target.function)

    def is_about(self, function: str) -> bool:
        """Tell if steps act on the deliveries to a function."""
        return (function in self.relays) == self.at_relays

    def _picked(self, pick: int) -> Delivery | None:
        """The delivery at a position, or the first of its line."""
        ready = [d for d in self.waiting.pending if self._meant(d) and self.waiting.is_ready(d)]
        if not ready:
            return None
        head = self.waiting.head(ready[pick % len(ready)])
        if head is not None:
            self.waiting.takes_apart(head)
        return head

    def _lane(self, delivery: Delivery) -> AbstractContextManager[None]:
        lane = self.waiting.lane(delivery)
        return nullcontext() if lane is None else self.invocations.one_at_a_time(lane)

    def _ordered(self, delivery: Delivery) -> bool:
        feed = self.feeds.get(delivery.target.queue or "")
        return feed is not None and feed.fifo


def _in_records(delivery: Delivery) -> bool:
    """Tell if a delivery comes through a queue or a stream."""
    return delivery.target.queue is not None or delivery.target.stream is not None
