"""Handing functions what is on its way, with functions made up here."""

import json
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from harness.core.bus_entry import BusEntry
from harness.core.history import Delivered, Endless, Held, Record, Role
from harness.functions.events import event_pattern
from harness.stages.controlled.bus import Bus, Rule
from harness.stages.controlled.dispatcher import PATIENCE, Dispatcher
from harness.stages.controlled.running import Outcome
from harness.stages.controlled.waiting import Target, Waiting
from harness.template import QueueFeed

Handler = Callable[[Any], Any]


class Playground:
    """A dispatcher, its bus, and what the one function was handed."""

    def __init__(
        self, handle: Handler = lambda event: None, *, queue: bool = False, partial: bool = True,
        batch_size: int = 10, arn: str = "arn:aws:sqs:us-east-1:123456789012:conformance",
        filters: tuple[str, ...] = (), receives: int | None = None, once: bool | None = None,
    ) -> None:
        self.handed: list[Any] = []
        self.records: list[Record] = []
        self._handle = handle
        numbers = iter(range(100_000))
        target = Target("projection", queue="Queue" if queue else None, group="all")
        rule = Rule("default", event_pattern('{"source": ["s"]}'), (target,))
        self.bus = Bus((rule,), "us-east-1", lambda *_: None, lambda: str(UUID(int=next(numbers))))
        feed = QueueFeed("Queue", "projection", batch_size, partial, arn=arn,
                         filters=filters, receives=receives)
        invocations: Any = SimpleNamespace(
            invoke=self._invoke, record=self.records.append,
            one_at_a_time=lambda line: nullcontext(),
            time=SimpleNamespace(epoch_ms=lambda: 0))
        self.dispatcher = Dispatcher(
            self.waiting, invocations, {"Queue": feed} if queue else {},
            once={} if once is None else {"projection": once})

    @property
    def waiting(self) -> Waiting:
        """The room in which deliveries wait."""
        return self.bus.waiting

    def _invoke(self, name: str, event: Any, role: Role | None = None) -> Outcome:
        self.handed.append(event)
        try:
            return Outcome(self._handle(event))
        except ValueError as error:
            return Outcome(error=str(error))

    def publish(self, *texts: str) -> "Playground":
        for text in texts:
            self.bus.publish(BusEntry(source="s", detail_type="t", detail=json.dumps({"n": text}),
                                      bus="default"))
        return self

    @property
    def seen(self) -> list[str]:
        """The events that the function received, in order; records of one batch joined."""
        return ["+".join(numbers(event)) for event in self.handed]

    def delivered(self) -> list[Delivered]:
        return [record for record in self.records if isinstance(record, Delivered)]


def test_relay_amid_branches() -> None:
    """A delivery in a branch comes after relays have passed on all that waits for them."""
    play = Playground()
    play.publish("1")
    relayed = replace(play.waiting.pending[0], target=Target("relay"))
    play.waiting.pending = [relayed]
    play.dispatcher.relays = frozenset({"relay"})
    with play.dispatcher.relays_wait():
        play.dispatcher.deliver(0)
        assert [each.function for each in play.delivered()] == ["relay"]


def test_rounds_of_overlapping_branches() -> None:
    """The round of one branch does not overtake what that of another is about to hand over."""
    def handle(event: Any) -> None:
        if numbers(event) == ["1"]:
            play.publish("3").dispatcher.settle(final=False)

    play = Playground(handle).publish("1", "2")
    play.dispatcher.settle(final=False)
    assert play.seen == ["1", "2", "3"]


def numbers(event: Any) -> list[str]:
    if "Records" in event:
        details = [json.loads(record["body"])["detail"] for record in event["Records"]]
        return [detail.get("n", "?") for detail in details]
    return [event["detail"]["n"]]


def failing(*wanted: str, times: int = 1000) -> Handler:
    """A function that fails on some events, that often."""
    left = dict.fromkeys(wanted, times)

    def handle(event: Any) -> None:
        for number in numbers(event):
            if left.get(number, 0) > 0:
                left[number] -= 1
                raise ValueError("no")

    return handle


def reporting(*wanted: str) -> Handler:
    """A function that reports some records of a batch as failed."""

    def handle(event: Any) -> Any:
        failed = [record["messageId"] for record, number in zip(
            event["Records"], numbers(event), strict=True) if number in wanted]
        return {"batchItemFailures": [{"itemIdentifier": id} for id in failed]}

    return handle


class TestSettle:
    def test_in_order(self) -> None:
        """Everything on its way is delivered, oldest first."""
        play = Playground().publish("1", "2", "3")
        play.dispatcher.settle(final=False)
        assert (play.seen, play.waiting.pending) == (["1", "2", "3"], [])

    def test_held_comes_last(self) -> None:
        """Events that were held back come after all the others."""
        play = Playground().publish("1", "2", "3")
        play.dispatcher.hold(0, lost=False)
        play.dispatcher.settle(final=False)
        assert play.seen == ["2", "3", "1"]

    def test_lost_waits_for_the_end(self) -> None:
        """Lost events are delivered with the last settling."""
        play = Playground().publish("1", "2")
        play.dispatcher.hold(0, lost=True)
        play.dispatcher.settle(final=False)
        before = list(play.seen)
        play.dispatcher.settle(final=True)
        assert (before, play.seen) == (["2"], ["2", "1"])

    def test_retried(self) -> None:
        """A delivery that fails is tried again."""
        play = Playground(failing("1", times=2)).publish("1", "2")
        _, dead = play.dispatcher.settle(final=False)
        assert (play.seen, dead) == (["1", "2", "1", "1"], 0)

    def test_waits_for_another(self) -> None:
        """A delivery that needs another one's success first gets through."""
        done: set[str] = set()

        def handle(event: Any) -> None:
            (number,) = numbers(event)
            if number != "1" and str(int(number) - 1) not in done:
                raise ValueError("not yet")
            done.add(number)

        play = Playground(handle).publish(*"87654321")
        _, dead = play.dispatcher.settle(final=False)
        assert (dead, done) == (0, set("12345678"))

    def test_given_up(self) -> None:
        """When nothing gets through any more what is left is given up."""
        play = Playground(failing("1")).publish("1")
        rounds, dead = play.dispatcher.settle(final=True)
        assert (rounds, dead, len(play.seen), play.waiting.pending) == (PATIENCE, 1, PATIENCE, [])

    def test_nothing(self) -> None:
        """With nothing on its way settling is nothing."""
        assert Playground().dispatcher.settle(final=True) == (0, 0)


class TestSingleDeliveries:
    @pytest.mark.parametrize("pick", [1, 4, -2])
    def test_deliver(self, pick: int) -> None:
        """One event is delivered before the others, at a position modulo their number."""
        play = Playground().publish("1", "2", "3")
        play.dispatcher.deliver(pick)
        assert play.seen == ["2"]

    def test_failed_comes_again(self) -> None:
        """A delivery that fails stays on its way."""
        play = Playground(failing("1", times=1)).publish("1")
        play.dispatcher.deliver(0)
        play.dispatcher.settle(final=False)
        assert play.seen == ["1", "1"]

    @pytest.mark.parametrize(("pick", "expected"), [(0, "3"), (1, "2"), (2, "1"), (3, "3")])
    def test_redeliver(self, pick: int, expected: str) -> None:
        """Delivered events are redelivered, the latest first."""
        play = Playground().publish("1", "2", "3")
        play.dispatcher.settle(final=False)
        play.dispatcher.redeliver(pick)
        assert play.seen == ["1", "2", "3", expected]

    def test_redelivered_meanwhile(self) -> None:
        """An event may be redelivered while it is being delivered."""
        def handle(event: Any) -> None:
            if len(play.handed) == 2:
                play.dispatcher.redeliver(0)

        play = Playground(handle).publish("a", "b")
        play.dispatcher.deliver(0)
        play.dispatcher.deliver(0)
        play.dispatcher.redeliver(0)

        assert play.seen == ["a", "b", "b", "b"]

    def test_redelivered_once(self) -> None:
        """A redelivery does not count as a delivery to redeliver."""
        play = Playground().publish("1", "2")
        play.dispatcher.settle(final=False)
        play.dispatcher.redeliver(1)
        play.dispatcher.redeliver(0)
        assert play.seen == ["1", "2", "1", "2"]

    @pytest.mark.parametrize("act", [
        lambda d: d.deliver(3), lambda d: d.redeliver(1), lambda d: d.hold(0, lost=True),
        lambda d: d.batch(2, 1),
    ])
    def test_nothing_to_act_on(self, act: Callable[[Dispatcher], None]) -> None:
        """A step that finds nothing to act on does nothing."""
        play = Playground()
        act(play.dispatcher)
        assert (play.handed, play.records) == ([], [])


class TestBatches:
    def test_together(self) -> None:
        """Events come as records of one invocation, up to the size asked for."""
        play = Playground(queue=True).publish("1", "2", "3")
        play.dispatcher.batch(2, None)
        assert (play.seen, len(play.waiting.pending)) == (["1+2"], 1)

    def test_size_of_the_feed(self) -> None:
        """A batch is no bigger than the queue feeds."""
        play = Playground(queue=True, batch_size=2).publish("1", "2", "3")
        play.dispatcher.batch(5, None)
        assert play.seen == ["1+2"]

    def test_only_from_a_queue(self) -> None:
        """A function that is called directly gets no records while another one's wait."""
        play = Playground(queue=True).publish("1", "2", "3")
        play.waiting.pending[0].target = Target("another")
        play.dispatcher.batch(3, None)
        assert play.seen == ["2+3"]

    def test_poison(self) -> None:
        """A record that cannot be handled goes among them."""
        play = Playground(queue=True).publish("1", "2")
        play.dispatcher.batch(2, 1)
        assert play.seen == ["1+?+2"]

    def test_aside(self) -> None:
        """Returned records come with the bad one until the queue sets all of them aside."""
        play = Playground(reporting("2"), queue=True).publish("1", "2", "3")
        play.dispatcher.batch(2, 1, aside=True)
        assert (play.seen, len(play.waiting.pending)) == (["1+?+2", "2+?", "2+?"], 1)

    @pytest.mark.parametrize(("poison", "arn"), [(None, "some"), (1, "some.fifo")])
    def test_not_aside(self, poison: int | None, arn: str) -> None:
        """Nothing is set aside where no record is bad, nor where order is kept."""
        arn = f"arn:aws:sqs:us-east-1:123456789012:{arn}"
        play = Playground(reporting("2"), queue=True, arn=arn).publish("1", "2")
        play.dispatcher.batch(2, poison, aside=True)
        assert [d.number for d in play.waiting.pending] == [1]

    def test_reported(self) -> None:
        """Records that are reported as failed come again, the others do not."""
        play = Playground(reporting("2"), queue=True).publish("1", "2", "3")
        play.dispatcher.batch(3, None)
        assert [d.number for d in play.waiting.pending] == [1]

    def test_not_partial(self) -> None:
        """Without partial reports a result says nothing, and all is taken for done."""
        play = Playground(reporting("2"), queue=True, partial=False).publish("1", "2")
        play.dispatcher.batch(2, None)
        assert play.waiting.pending == []

    def test_raised(self) -> None:
        """When the function raises the whole batch comes again."""
        play = Playground(failing("2"), queue=True).publish("1", "2")
        play.dispatcher.batch(2, None)
        assert [d.number for d in play.waiting.pending] == [0, 1]

    @pytest.mark.parametrize(("once", "hit", "seen"), [
        (None, False, ["1", "2", "1"]), (None, True, ["1", "2", "1"]),
        (True, False, ["1", "2"]), (False, False, ["1", "2"]),
        (True, True, ["1", "2", "1"]), (False, True, ["1", "2"]),
    ])
    def test_asynchronous_invocation(
        self, once: bool | None, hit: bool, seen: list[str]
    ) -> None:
        """An invocation that failed comes again; or is given up, and redriven if a fault did it."""
        play = Playground(failing("1", times=1), once=once).publish("1", "2")
        play.dispatcher.hit = lambda function: hit
        play.dispatcher.settle(final=False)
        before = len(play.seen)
        play.dispatcher.settle(final=True)
        assert (play.seen, before) == (seen, 2 if once is not None else 3)

    def test_pipe_of_a_queue(self) -> None:
        """A pipe hands over a list; what is reported comes again, an answer is passed on."""
        answers: list[Any] = [{"batchItemFailures": [{"itemIdentifier": ""}]}, ["x"]]
        passed: list[Any] = []
        play = Playground(lambda event: answers.pop(0), queue=True, partial=False)
        play.publish("1", "2")
        feed = play.dispatcher.feeds["Queue"]
        play.dispatcher.attempts.feeds = {"Queue": replace(feed, pipe="P", enriches=True)}
        play.dispatcher.attempts.enriched = lambda feed, answer: passed.append(answer)
        answers[0]["batchItemFailures"][0]["itemIdentifier"] = play.waiting.pending[1].message
        play.dispatcher.batch(2, None)
        play.dispatcher.settle(final=True)
        bodies = [[json.loads(each["body"])["detail"]["n"] for each in e] for e in play.handed]
        assert (bodies, passed) == ([["1", "2"], ["2"]], [["x"]])

    def test_one_by_one_from_a_queue(self) -> None:
        """A function behind a queue receives records, also single ones."""
        play = Playground(queue=True).publish("1", "2")
        play.dispatcher.settle(final=False)
        assert ([len(e["Records"]) for e in play.handed], play.seen) == ([1, 1], ["1", "2"])

    def test_receive_count(self) -> None:
        """A record says how often it was received."""
        play = Playground(failing("1", times=1), queue=True).publish("1")
        play.dispatcher.settle(final=False)
        counts = [e["Records"][0]["attributes"]["ApproximateReceiveCount"] for e in play.handed]
        assert counts == ["1", "2"]

    @pytest.mark.parametrize(("queue", "group"), [("some", None), ("some.fifo", "all")])
    def test_queue(self, queue: str, group: str | None) -> None:
        """A record names its queue; that of a FIFO queue has its group, and where it stands."""
        arn = f"arn:aws:sqs:us-east-1:123456789012:{queue}"
        play = Playground(queue=True, arn=arn).publish("1", "2")
        play.dispatcher.batch(2, 1)
        records = [record for event in play.handed for record in event["Records"]]
        told = [(r["eventSourceARN"], r["attributes"].get("MessageGroupId")) for r in records]
        places = [int(r["attributes"].get("SequenceNumber", 0)) for r in records[::2]]
        assert (told, places == sorted(places)) == ([(arn, group)] * 3, True)


class TestRecords:
    def test_late(self) -> None:
        """A delivery after a newer one is late, a repeated one is not."""
        play = Playground().publish("1", "2")
        play.dispatcher.deliver(1)
        play.dispatcher.settle(final=False)
        play.dispatcher.redeliver(0)
        assert [(d.number, d.late, d.again) for d in play.delivered()] == [
            (1, False, False), (0, True, False), (0, False, True)]

    def test_failed(self) -> None:
        """A failed delivery is recorded as such."""
        play = Playground(failing("1", times=1)).publish("1")
        play.dispatcher.settle(final=False)
        assert [d.ok for d in play.delivered()] == [False, True]

    def test_records_of_a_batch(self) -> None:
        """A delivery in a batch says how many records came together."""
        play = Playground(queue=True).publish("1", "2")
        play.dispatcher.batch(2, 0)
        assert [d.records for d in play.delivered()] == [3, 3]

    def test_records_for_one_function_only(self) -> None:
        """Beside a function that a queue feeds, one that gets events is never handed records."""
        play = Playground(queue=True).publish("1")
        play.dispatcher.batch(2, None)
        play.dispatcher.fed = frozenset({"projection"})
        play.bus.rules = (replace(play.bus.rules[0], targets=(Target("another"),)),)
        play.publish("2").dispatcher.batch(2, 0)
        assert [d.target.function for d in play.waiting.pending] == ["another"]

    @pytest.mark.parametrize("lost", [True, False])
    def test_held(self, lost: bool) -> None:
        """Holding back and losing are recorded."""
        play = Playground().publish("1")
        play.dispatcher.hold(0, lost=lost)
        assert play.records == [Held(0, lost)]


class TestFilters:
    def test_passed_over(self) -> None:
        """A record that matches none of its feed's patterns is gone, and nobody is handed it."""
        world = Playground(queue=True, filters=('{"body": {"detail": {"n": ["a", "b"]}}}',
                                                '{"body": {"detail": {"n": ["d"]}}}'))
        world.publish("a", "c", "d").dispatcher.settle(final=True)
        assert (world.seen, world.bus.waiting.pending) == (["a", "d"], [])


def test_too_early() -> None:
    """A refused early event counts as delivered out of order."""
    ready: list[str] = []

    def handle(event: Any) -> None:
        if event["detail"]["n"] == "2" and "1" not in ready:
            raise ValueError("too early")
        ready.append(event["detail"]["n"])

    play = Playground(handle).publish("1", "2")
    play.dispatcher.deliver(1)
    play.dispatcher.settle(final=True)
    assert [(d.number, d.late, d.ok) for d in play.delivered()] == [
        (1, False, False), (0, True, True), (1, False, True)]


class TestReceives:
    def test_too_few(self) -> None:
        """A message that fails as often as its queue allows is set aside, and others go on."""
        play = Playground(failing("1", times=2), queue=True, receives=2).publish("1", "2")
        play.dispatcher.settle(final=True)
        assert play.seen == ["1", "2", "1"]

    def test_enough(self) -> None:
        """One more is enough."""
        play = Playground(failing("1", times=2), queue=True, receives=3).publish("1", "2")
        play.dispatcher.settle(final=True)
        assert [d.ok for d in play.delivered()] == [False, True, False, True]

    def test_disturbed(self) -> None:
        """After a fault nobody counts: the harness hands over at once what comes later on AWS."""
        play = Playground(failing("1", times=2), queue=True, receives=1).publish("1")
        play.dispatcher.disturbed = lambda: True
        play.dispatcher.settle(final=True)
        assert [d.ok for d in play.delivered()] == [False, False, True]

    def test_beside_one_that_is_lost(self) -> None:
        """Nor does it count while another event is lost for a while."""
        play = Playground(failing("2", times=2), queue=True, receives=1).publish("1", "2")
        play.dispatcher.hold(0, lost=True)
        play.dispatcher.settle(final=False)
        assert [d.ok for d in play.delivered()] == [False, False, True]


class TestSchedules:
    @pytest.mark.parametrize(("disturbed", "worked"), [(False, 2), (True, 4)])
    def test_until_it_works(self, disturbed: bool, worked: int) -> None:
        """A scheduled relay that fails runs again; four runs make good what three have left."""
        play = Playground()
        play.dispatcher.disturbed = lambda: disturbed
        answers = iter([True, False, True, True, True, True, True])
        runs: list[bool] = []

        def sweep() -> bool:
            runs.append(next(answers))
            return runs[-1]

        play.dispatcher.sweep = sweep
        play.dispatcher.settle(final=True)
        assert runs == [True, False, *[True] * worked]


class TestChains:
    """Functions that publish what starts them."""

    def passing_on(self, times: int) -> Playground:
        def handle(event: Any) -> None:
            play.publish(*numbers(event) * times)

        play = Playground(handle).publish("1")
        play.dispatcher.settle(final=True)
        return play

    def endless(self, play: Playground) -> list[str]:
        return [record.function for record in play.records if isinstance(record, Endless)]

    def test_without_end(self) -> None:
        """A function that publishes what it gets is stopped, and told."""
        play = self.passing_on(times=1)
        assert (self.endless(play), len(play.seen) < 100) == (["projection"], True)

    def test_more_each_time(self) -> None:
        """One that publishes two events for each is stopped before they are too many."""
        play = self.passing_on(times=2)
        assert (self.endless(play), len(play.seen) < 1200) == (["projection"], True)

    @pytest.mark.parametrize("held", [False, True])
    def test_until_the_one_before_has_come(self, held: bool) -> None:
        """A function that sends back what is too early ends, whenever the missing one comes."""
        known = [0]

        def handle(event: Any) -> None:
            number = int(numbers(event)[0])
            if number == known[-1] + 1:
                known.append(number)
            else:
                play.publish(str(number))

        texts = [str(number) for number in range(20, 0, -1)]
        play = Playground(handle).publish(*texts)
        if held:
            play.dispatcher.hold(19, lost=True)
            play.dispatcher.settle(final=False)
        play.dispatcher.settle(final=True)
        assert (known[-1], self.endless(play)) == (20, [])
