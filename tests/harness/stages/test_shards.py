"""Kinesis streams: records by shards, in order, repeated from a place on, held back by failures."""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from harness.core.history import Record
from harness.stages.controlled.dispatcher import Dispatcher
from harness.stages.controlled.running import Outcome
from harness.stages.controlled.shards import RECORD_BYTES, Shards
from harness.stages.controlled.waiting import Waiting
from harness.template import PipeFeed, ShardFeed

ARN = "arn:aws:kinesis:us-east-1:123456789012:stream/told"
FEED = ShardFeed("Mapping", "Told", "projection", shards=2, arn=ARN)
A, B, C = "a", "c", "b"
"""Partition keys: the first two are of one shard, the third is of the other."""
Handler = Callable[[list[str]], Any]


class Playground:
    """A stream of two shards, and what the function behind it was handed."""

    def __init__(self, handle: Handler = lambda names: None, feed: ShardFeed = FEED) -> None:
        self.seen: list[str] = []
        self.records: list[Record] = []
        self.published: list[Any] = []
        self._handle = handle
        self.waiting = Waiting()
        self.shards = Shards((feed,), {"told": feed.shards}, self.waiting,
                             lambda *what: self.published.append(what), lambda: 5.0)
        invocations: Any = SimpleNamespace(
            invoke=self._invoke, record=self.records.append,
            one_at_a_time=lambda line: nullcontext())
        self.dispatcher = Dispatcher(self.waiting, invocations, {}, self.shards.readers,
                                     poison=self.shards.poison)

    def _invoke(self, name: str, event: Any) -> Outcome:
        names = [b64decode(record["kinesis"]["data"]).decode() for record in event["Records"]]
        self.seen.append("+".join(names))
        try:
            return Outcome(self._handle(names))
        except ValueError as error:
            return Outcome(error=str(error))

    def put(self, *names: str) -> "Playground":
        """Put records by names such as a1: partition key and number."""
        self.ask([{"Data": _encoded(name), "PartitionKey": name[0]} for name in names])
        return self

    def ask(self, entries: list[dict[str, Any]], stream: str = "told") -> tuple[int, Any]:
        status, _, body = self.shards.put_records(
            json.dumps({"StreamName": stream, "Records": entries}).encode())
        return status, json.loads(body)


def _encoded(text: str) -> str:
    return b64encode(text.encode()).decode()


def failing(*names: str) -> Handler:
    def handle(handed: list[str]) -> None:
        if set(names) & set(handed):
            raise ValueError(handed)

    return handle


class TestRequests:
    def test_answer(self) -> None:
        """Each record is told its shard and its number."""
        _, answer = Playground().ask([{"Data": _encoded("a1"), "PartitionKey": A}])
        told = [(each["ShardId"], len(each["SequenceNumber"])) for each in answer["Records"]]
        assert (answer["FailedRecordCount"], told) == (0, [("shardId-000000000000", 56)])

    def test_one(self) -> None:
        """A single record may be put by the ARN of its stream."""
        play = Playground()
        asked = {"StreamARN": ARN, "Data": _encoded("a1"), "PartitionKey": A}
        assert play.shards.put_record(json.dumps(asked).encode())[0] == 200
        assert len(play.waiting.pending) == 1

    def test_published(self) -> None:
        """The data of a record is told, with the number of functions that get it."""
        play = Playground().put("a1")
        number, entry, targets = play.published[0]
        assert (number, entry.detail, entry.bus, targets) == (0, "a1", "told", 1)

    @pytest.mark.parametrize(("entries", "stream", "code"), [
        ([{"Data": "eA==", "PartitionKey": A}], "other", "ResourceNotFoundException"),
        ([], "told", "ValidationException"),
        ([{"Data": "eA==", "PartitionKey": A}] * 501, "told", "ValidationException"),
        ([{"Data": "eA==", "PartitionKey": ""}], "told", "ValidationException"),
        ([{"Data": "eA==", "PartitionKey": "k" * 257}], "told", "ValidationException"),
        ([{"Data": _encoded("x" * RECORD_BYTES), "PartitionKey": A}], "told",
         "ValidationException"),
        ([{"Data": "?", "PartitionKey": A}], "told", "SerializationException")])
    def test_refused(self, entries: list[dict[str, Any]], stream: str, code: str) -> None:
        """Kinesis takes none of a request that is too large, or is about no stream."""
        play = Playground()
        status, answer = play.ask(entries, stream)
        assert (status, answer["__type"], play.waiting.pending) == (400, code, [])

    def test_filter(self) -> None:
        """A record that no filter lets pass is never handed over."""
        play = Playground(feed=replace(FEED, filters=('{"partitionKey": ["z"]}',))).put("a1")
        assert play.waiting.pending == []

    def test_numbers(self) -> None:
        """Numbers are other ones in another play: a warm function may keep them."""
        play = Playground()
        play.shards.begin(1)
        first = play.put("a1").waiting.pending[-1].message
        play.shards.begin(2)
        assert int(play.put("a1").waiting.pending[-1].message) > int(first)


class TestOrder:
    def test_within_a_shard(self) -> None:
        """The first record of a shard goes before its others, whichever is picked."""
        play = Playground().put(f"{A}1", f"{B}1")
        play.dispatcher.deliver(1)
        assert play.seen == [f"{A}1"]

    def test_among_shards(self) -> None:
        """One shard goes before another."""
        play = Playground().put(f"{A}1", f"{C}1")
        play.dispatcher.deliver(1)
        assert play.seen == [f"{C}1"]

    def test_parallel(self) -> None:
        """With several batches of a shard at once, only a partition key keeps its order."""
        play = Playground(feed=replace(FEED, parallel=2)).put(f"{A}1", f"{B}1", f"{A}2")
        play.dispatcher.deliver(1)
        play.dispatcher.deliver(1)
        assert play.seen == [f"{B}1", f"{A}1"]

    def test_batch(self) -> None:
        """A batch has records of one shard alone."""
        play = Playground().put(f"{A}1", f"{C}1", f"{B}1")
        play.dispatcher.batch(10, None)
        assert play.seen == [f"{A}1+{B}1"]

    def test_held(self) -> None:
        """A record that is held back holds back its shard, and no other."""
        play = Playground().put(f"{A}1", f"{B}1", f"{C}1")
        play.dispatcher.hold(0, lost=False)
        play.dispatcher.settle(final=False)
        assert play.seen == [f"{C}1", f"{A}1", f"{B}1"]

    def test_repetition(self) -> None:
        """A shard repeats all from a record on, and nothing of another shard."""
        play = Playground().put(f"{A}1", f"{C}1", f"{B}1", f"{A}2")
        play.dispatcher.settle(final=False)
        play.dispatcher.redeliver(1)
        assert play.seen[4:] == [f"{B}1", f"{A}2"]


class TestFailures:
    def test_blocked(self) -> None:
        """A record that fails for ever holds back its shard, and no other."""
        play = Playground(failing(f"{A}1")).put(f"{A}1", f"{B}1", f"{C}1")
        _, dead = play.dispatcher.settle(final=True)
        assert (set(play.seen), dead) == ({f"{A}1", f"{C}1"}, 2)

    def test_given_up(self) -> None:
        """A mapping with a limit gives the record up, and those behind it go on."""
        play = Playground(failing(f"{A}1"), replace(FEED, retries=1)).put(f"{A}1", f"{B}1")
        _, dead = play.dispatcher.settle(final=True)
        assert (play.seen, dead) == ([f"{A}1", f"{A}1", f"{B}1"], 1)

    def test_halves(self) -> None:
        """A batch that fails comes again in halves where the mapping says so."""
        play = Playground(failing(f"{B}1"), replace(FEED, bisect=True)).put(f"{A}1", f"{B}1")
        play.dispatcher.batch(10, None)
        assert play.seen == [f"{A}1+{B}1", f"{A}1", f"{B}1"]

    def test_reported(self) -> None:
        """The batch goes on from the record whose number is reported."""
        play = Playground(feed=replace(FEED, partial=True)).put(f"{A}1", f"{B}1")
        number = play.waiting.pending[1].message
        report = {"batchItemFailures": [{"itemIdentifier": number}]}
        play._handle = lambda names: report if len(names) > 1 else None
        play.dispatcher.batch(10, None)
        play.dispatcher.settle(final=True)
        assert play.seen == [f"{A}1+{B}1", f"{B}1"]


class TestPoison:
    def test_same_shard(self) -> None:
        """A record that says nothing comes to the shard of a good one, where it may block it."""
        play = Playground(failing('{"unprocessable": true}')).put(f"{C}1")
        assert play.shards.poison_all(lambda function: True) == 1
        play.put(f"{C}2")
        _, dead = play.dispatcher.settle(final=True)
        assert (f"{C}2" in play.seen, dead) == (False, 2)

    def test_filtered(self) -> None:
        """A mapping that lets only known data pass gets none."""
        known = ('{"data": {"kind": ["Opened"]}}',)
        play = Playground(feed=replace(FEED, filters=known))
        play.ask([{"Data": _encoded('{"kind": "Opened"}'), "PartitionKey": A}])
        assert play.shards.poison_all(lambda function: True) == 0


class TestPipes:
    def test_source(self) -> None:
        """A pipe without a function takes each record at once, with its members in a row."""
        play = Playground()
        told: list[Any] = []
        play.shards.pipes = (PipeFeed("P", "S", "queue", "Q", "", arn=ARN, sharded=True),)
        play.shards.piped = lambda pipe, record: told.append(record)
        play.put("a1")
        assert [(each["partitionKey"], each["data"]) for each in told] == [("a", _encoded("a1"))]

    def test_target(self) -> None:
        """A pipe puts a text into a stream, with the key that it names."""
        play = Playground()
        play.shards.put("told", "a1", "a")
        event = play.waiting.pending[0].event["kinesis"]
        assert (event["data"], event["partitionKey"]) == (_encoded("a1"), "a")
