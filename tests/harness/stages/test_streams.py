"""Streams of tables: records in order, repeated from a place on, held back by those that fail."""

import json
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from harness.aws.calls import Call
from harness.core.history import Delivered, Handed, Record
from harness.functions.events.dynamodb_streams import FIRST_NUMBER
from harness.stages.controlled.dispatcher import Dispatcher
from harness.stages.controlled.running import Outcome
from harness.stages.controlled.streams import Streams
from harness.stages.controlled.waiting import Delivery, Target, Waiting
from harness.template import StreamFeed

ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/events/stream/now"
FEED = StreamFeed("Mapping", "Events", "projection", arn=ARN)
PUT = Call("dynamodb", "PutItem", "events", "", ())
Handler = Callable[[list[str]], Any]


class Playground:
    """A table with a stream, and what the function behind it was handed."""

    def __init__(self, handle: Handler = lambda names: None, feed: StreamFeed = FEED) -> None:
        self.items: dict[str, str] = {}
        self.seen: list[str] = []
        self.changes: list[str] = []
        self.records: list[Record] = []
        self.answers: list[Any] = []
        self._handle = handle
        self.waiting = Waiting()
        self.streams = Streams((feed,), lambda table, keys: dict(self.items),
                               {"events": ("id", "seq")}, self.waiting, self._removed,
                               frozenset({"Opened"}))
        invocations: Any = SimpleNamespace(
            invoke=self._invoke, record=self.records.append,
            one_at_a_time=lambda line: nullcontext())
        self.dispatcher = Dispatcher(self.waiting, invocations, {}, {"Mapping": feed},
                                     poison=self.streams.poison,
                                     enriched=lambda feed, answer: self.answers.append(answer))

    def _invoke(self, name: str, event: Any) -> Outcome:
        records = event if isinstance(event, list) else event["Records"]
        names = [_name(record) for record in records]
        self.changes += [record["eventName"] for record in records]
        self.seen.append("+".join(names))
        try:
            return Outcome(self._handle(names))
        except ValueError as error:
            return Outcome(error=str(error))

    def _removed(self, table: str, keys: frozenset[str]) -> int:
        return len([self.items.pop(key) for key in keys])

    def write(self, *names: str) -> "Playground":
        """Store items by names such as a1: aggregate and number."""
        for name in names:
            item = {"id": {"S": name[0]}, "seq": {"N": name[1:]}, "kind": {"S": "Opened"}}
            self._change({f"{name[0]}\t{name[1:]}": json.dumps(item)})
        return self

    def remove(self, name: str) -> None:
        self._change({f"{name[0]}\t{name[1:]}": None})

    def _change(self, changes: dict[str, str | None]) -> None:
        def perform(body: bytes | None = None) -> None:
            for key, text in changes.items():
                if text is None:
                    del self.items[key]
                else:
                    self.items[key] = text

        self.streams.watched(PUT, perform)


def _name(record: Any) -> str:
    if "NewImage" in record["dynamodb"] and record["dynamodb"]["NewImage"]["kind"]["S"] != "Opened":
        return "?"
    keys = record["dynamodb"]["Keys"]
    return f"{keys['id']['S']}{keys['seq']['N']}"


def failing(*names: str, times: int = 1000) -> Handler:
    """A function that fails on some records, so often."""
    left = dict.fromkeys(names, times)

    def handle(handed: list[str]) -> None:
        for name in handed:
            if left.get(name, 0) > 0:
                left[name] -= 1
                raise ValueError(name)

    return handle


class TestRecords:
    def test_changes(self) -> None:
        """A new item, another content and a removal are three kinds of records."""
        play = Playground().write("a1")
        play.items["a\t1"] = play.items["a\t1"].replace("Opened", "Begun")
        play.write("a1")
        play.remove("a1")
        play.dispatcher.settle(final=True)
        assert play.changes == ["INSERT", "MODIFY", "REMOVE"]

    def test_unchanged(self) -> None:
        """A write that changes nothing makes no record."""
        play = Playground().write("a1", "a1")
        play.dispatcher.settle(final=True)
        assert play.seen == ["a1"]

    @pytest.mark.parametrize(("view", "images"), [
        ("KEYS_ONLY", set()), ("NEW_IMAGE", {"NewImage"}), ("OLD_IMAGE", set()),
        ("NEW_AND_OLD_IMAGES", {"NewImage"})])
    def test_views(self, view: str, images: set[str]) -> None:
        """A new item's record has the images that the table's stream shows."""
        play = Playground(feed=replace(FEED, view=view)).write("a1")
        record = play.waiting.pending[0].event["dynamodb"]
        assert record.keys() & {"NewImage", "OldImage"} == images

    def test_filter(self) -> None:
        """A record that no filter lets pass is never handed over."""
        play = Playground(feed=replace(FEED, filters=('{"eventName": ["REMOVE"]}',))).write("a1")
        assert play.waiting.pending == []


class TestOrder:
    def test_within_an_aggregate(self) -> None:
        """The first record of an aggregate goes before its others, whichever is picked."""
        play = Playground().write("a1", "a2")
        play.dispatcher.deliver(1)
        assert play.seen == ["a1"]

    def test_among_aggregates(self) -> None:
        """Aggregates may lie in different shards: one goes before another."""
        play = Playground().write("a1", "b1")
        play.dispatcher.deliver(1)
        assert play.seen == ["b1"]

    def test_held(self) -> None:
        """A record that is held back holds back the others of its aggregate."""
        play = Playground().write("a1", "a2", "b1")
        play.dispatcher.hold(0, lost=False)
        play.dispatcher.settle(final=False)
        assert play.seen == ["b1", "a1", "a2"]

    def test_per_item(self) -> None:
        """With several batches of a shard at once only the records of one item keep their order."""
        play = Playground(feed=replace(FEED, parallel=2)).write("a1", "a2")
        play.dispatcher.deliver(1)
        assert play.seen == ["a2"]

    def test_repetition(self) -> None:
        """A stream repeats all from a record on, never one without those behind it."""
        play = Playground().write("a1", "a2", "a3")
        play.dispatcher.settle(final=False)
        play.dispatcher.redeliver(1)
        assert play.seen[3:] == ["a2", "a3"]

    def test_repetition_of_one_batch(self) -> None:
        """No more is repeated than a batch."""
        play = Playground(feed=replace(FEED, batch_size=1)).write("a1", "a2")
        play.dispatcher.settle(final=False)
        play.dispatcher.redeliver(1)
        assert play.seen[2:] == ["a2"]


def test_next_play() -> None:
    """Ids and numbers of records are other ones in another play: a warm function may keep them."""
    made: list[dict[str, Any]] = []
    play = Playground()
    for number in (1, 2):
        play.streams.begin(number)
        play.write(f"a{number}")
        made.append(play.waiting.pending[-1].event)
    first, second = made
    assert first["eventID"] != second["eventID"]
    assert int(first["dynamodb"]["SequenceNumber"]) < int(second["dynamodb"]["SequenceNumber"])


class TestFailures:
    def test_blocked(self) -> None:
        """A record that fails for ever holds back all others of the shard."""
        play = Playground(failing("a1")).write("a1", "b1")
        _, dead = play.dispatcher.settle(final=True)
        assert (set(play.seen), dead) == ({"a1"}, 2)

    def test_given_up(self) -> None:
        """A mapping with a limit gives the record up, and those behind it go on."""
        play = Playground(failing("a1"), replace(FEED, retries=1)).write("a1", "b1")
        _, dead = play.dispatcher.settle(final=True)
        assert (play.seen, dead) == (["a1", "a1", "b1"], 1)

    def test_set_aside(self) -> None:
        """A record that a destination has kept is redriven once at the end."""
        feed = replace(FEED, retries=0, aside=True)
        play = Playground(failing("a1", times=1), feed).write("a1", "b1")
        _, dead = play.dispatcher.settle(final=True)
        assert (play.seen, dead) == (["a1", "b1", "a1"], 0)

    def test_partial(self) -> None:
        """A batch goes on at the record that is reported, with those behind it."""
        def handle(names: list[str]) -> Any:
            failed = [{"itemIdentifier": str(FIRST_NUMBER + 1)}]
            return {"batchItemFailures": failed if len(names) == 3 else []}

        play = Playground(handle, replace(FEED, partial=True)).write("a1", "b1", "c1")
        play.dispatcher.batch(3, None)
        play.dispatcher.settle(final=True)
        assert play.seen == ["a1+b1+c1", "b1+c1"]

    @pytest.mark.parametrize("partial", [False, True])
    def test_too_many_at_once(self, partial: bool) -> None:
        """A batch that always fails comes again as it was, and none of it ever gets through."""
        def handle(names: list[str]) -> Any:
            if len(names) == 1:
                return None
            if partial:
                return {"batchItemFailures": [{"itemIdentifier": str(FIRST_NUMBER)}]}
            raise ValueError(names)

        play = Playground(handle, replace(FEED, partial=partial)).write("a1", "b1", "c1")
        play.dispatcher.batch(2, None)
        _, dead = play.dispatcher.settle(final=True)
        assert (set(play.seen), dead) == ({"a1+b1"}, 3)

    def test_failed_once(self) -> None:
        """A batch that fails once comes again whole, and then the others."""
        play = Playground(failing("b1", times=1)).write("a1", "b1", "c1")
        play.dispatcher.batch(2, None)
        _, dead = play.dispatcher.settle(final=True)
        assert (play.seen, dead) == (["a1+b1", "a1+b1", "c1"], 0)

    def test_strange_identifier(self) -> None:
        """A report that names no record of the batch fails all of it, and is told."""
        play = Playground(lambda names: {"batchItemFailures": [{"itemIdentifier": "1"}]},
                          replace(FEED, partial=True)).write("a1", "b1")
        play.dispatcher.batch(2, None)
        handed = [record for record in play.records if isinstance(record, Handed)]
        assert (handed[0].back, handed[0].readable) == ((0, 1), False)

    @pytest.mark.parametrize("answer", ["", [], {}, None])
    def test_empty_answer(self, answer: Any) -> None:
        """An empty answer says that all is done.

        Source: LocalStack's snapshots of report_batch_item_success_scenarios.
        """
        play = Playground(lambda names: answer, replace(FEED, partial=True)).write("a1", "b1")
        play.dispatcher.batch(2, None)
        handed = [record for record in play.records if isinstance(record, Handed)]
        assert (handed[0].back, handed[0].readable) == ((), True)

    def test_halves(self) -> None:
        """A batch that fails comes again in halves where the mapping says so."""
        play = Playground(failing("b1"), replace(FEED, bisect=True)).write("a1", "b1")
        play.dispatcher.batch(2, None)
        done = {d.number for d in play.records if isinstance(d, Delivered) and d.ok}
        assert (play.seen, done) == (["a1+b1", "a1", "b1"], {0})

    def test_whole_batch_given_up(self) -> None:
        """Without halves and reports a limit gives the good records up as well."""
        play = Playground(failing("b1"), replace(FEED, retries=1)).write("a1", "b1")
        play.dispatcher.batch(2, None)
        play.dispatcher.settle(final=True)
        assert play.seen == ["a1+b1", "a1+b1"]


def test_batches_of_two_functions() -> None:
    """Records of one function's batch never come with those of another function's."""
    first, second, other = (Delivery(number, {}, Target(name, stream=name), str(number))
                            for number, name in ((0, "a"), (1, "a"), (0, "b")))
    waiting = Waiting(pending=[first, second, other])
    waiting.keep_together([first, second])
    waiting.keep_together([other])
    assert waiting.companions(first) == [second]
    assert waiting.companions(other) == []


class TestPoison:
    def test_among_others(self) -> None:
        """A record of an unknown type stands among others, and holds them back if it fails."""
        play = Playground(failing("?")).write("a1", "b1")
        play.dispatcher.batch(2, 1)
        _, dead = play.dispatcher.settle(final=True)
        assert (play.seen[0], "b1" in play.seen, dead) == ("a1+?+b1", False, 2)

    def test_nameless(self) -> None:
        """No poison is made of a record that does not name its type."""
        play = Playground().write("a1")
        play.streams.event_words = frozenset()
        assert play.streams.poison_all() == 0


class TestExpiry:
    def test_by_the_service(self) -> None:
        """A deletion in time tells that the service made it."""
        play = Playground(feed=replace(FEED, ttl="seq")).write("a1")
        play.streams.expire(0)
        made = play.waiting.pending[1].event
        assert (made["eventName"], made["userIdentity"]["type"]) == ("REMOVE", "Service")

    def test_for_ever(self) -> None:
        """Nothing expires where no item says when."""
        play = Playground().write("a1")
        play.streams.expire(0)
        assert len(play.waiting.pending) == 1


class TestPipes:
    """A pipe hands records to a function without an envelope, and waits for it."""

    def test_enrichment(self) -> None:
        """The pipe goes on with the answer, each time that the function has given one."""
        enriching = replace(FEED, pipe=True, enriches=True)
        play = Playground(lambda names: list(names), enriching).write("a1", "a2")
        play.dispatcher.batch(2, None)
        play.dispatcher.redeliver(0)
        assert (play.seen, play.answers) == (["a1+a2", "a2"], [["a1", "a2"], ["a2"]])

    def test_failure(self) -> None:
        """Nothing goes on where the function fails, and the records come again."""
        enriching = replace(FEED, pipe=True, enriches=True)
        play = Playground(failing("a1", times=1), enriching).write("a1")
        play.dispatcher.deliver(0)
        assert (play.answers, len(play.waiting.pending)) == ([], 1)

    def test_report(self) -> None:
        """A function that is the target may report the record that failed."""
        play = Playground(feed=replace(FEED, pipe=True)).write("a1", "a2")
        number = play.waiting.pending[1].message
        report = {"batchItemFailures": [{"itemIdentifier": number}]}
        play._handle = lambda names: report if len(names) > 1 else [1]
        play.dispatcher.batch(2, None)
        play.dispatcher.settle(final=True)
        assert play.seen == ["a1+a2", "a2"]
