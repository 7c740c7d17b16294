"""Feeds: mappings that hand a function what waits, subscriptions, notifications, invocations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

DEFAULT_SIZE, LARGEST_SIZE = 100, 10_000
"""Records of a stream's batch by default, and at most."""


def table_of(arn: str) -> str:
    """The name of the table in the ARN of its stream; empty before deployment."""
    return arn.split(":", 5)[-1].split("/")[1] if arn else ""


@dataclass(frozen=True, slots=True)
class QueueFeed:
    """A queue that feeds a function; ``partial`` when failed records are reported one by one.

    ``arn`` is the queue's ARN once it is deployed. ``filters`` are patterns in JSON; if there are
    any, a record has to match one. ``receives``: how often a message may come before the queue sets
    it aside; None without end. ``pipe``: the pipe that hands messages over, as a list of what
    ``template`` makes of each (None: the message); ``enriches``: it goes on with the answer.
    """

    queue: str
    function: str
    batch_size: int = 10
    partial: bool = False
    arn: str = "arn:aws:sqs:us-east-1:123456789012:conformance"
    filters: tuple[str, ...] = ()
    receives: int | None = None
    pipe: str = ""
    template: str | None = None
    enriches: bool = False

    @property
    def fifo(self) -> bool:
        """True if the queue keeps an order, and so delivers one message at a time."""
        return self.arn.endswith(".fifo")


@dataclass(frozen=True, slots=True)
class RecordFeed:
    """A stream that feeds a function; ``source`` is the table or the stream by logical id.

    ``partial``: the function reports the record that failed. ``bisect``: a batch that fails comes
    again in halves. ``retries``: attempts after the first, None without end. ``aside``: what is
    given up goes to a destination. ``parallel``: batches of one shard at once. ``filters``: as of
    ``QueueFeed``. ``arn``: the stream's, once it is deployed. ``pipe``: the function gets what a
    pipe hands over, a list of what ``template`` makes of each record (None: the record);
    ``enriches``: the pipe goes on with its answer.
    """

    logical_id: str
    source: str
    function: str
    batch_size: int = DEFAULT_SIZE
    partial: bool = False
    bisect: bool = False
    retries: int | None = None
    aside: bool = False
    parallel: int = 1
    filters: tuple[str, ...] = ()
    arn: str = ""
    pipe: bool = False
    template: str | None = None
    enriches: bool = False

    def gives_up(self, attempts: int) -> bool:
        """Tell if a record that failed so many times does not come again."""
        return self.retries is not None and attempts > self.retries


@dataclass(frozen=True, slots=True)
class StreamFeed(RecordFeed):
    """A table's stream that feeds a function.

    ``view``: the images that its records have. ``ttl``: the attribute that says when an item of the
    table expires, if one does.
    """

    view: str = "NEW_AND_OLD_IMAGES"
    ttl: str = ""

    @property
    def table_name(self) -> str:
        """The physical name of the table, once it is deployed."""
        return table_of(self.arn)


@dataclass(frozen=True, slots=True)
class ShardFeed(RecordFeed):
    """A Kinesis stream that feeds a function; ``shards`` is how many the stream has."""

    shards: int = 1

    @property
    def stream_name(self) -> str:
        """The physical name of the stream, once it is deployed."""
        return self.arn.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class PipeFeed:
    """A pipe from a stream or a queue to a bus, a topic, a queue, a Kinesis stream or a function.

    ``table``: the table, the Kinesis stream (``sharded``), or the queue (``queued``). ``forgets``:
    it does not wait for the function that is its target. ``target``: a logical id, or the
    name of a bus from outside. ``enrichment``: the function in between, if there is one. ``view``,
    ``filters``, ``arn``: as of ``StreamFeed``. ``template``: what the target gets, None for the
    record. ``source`` and ``detail_type`` are a bus's, ``group`` a FIFO queue's or the partition
    key of a Kinesis stream; each may be a path into the record.
    """

    logical_id: str
    table: str
    kind: Literal["bus", "topic", "queue", "stream", "function"]
    target: str
    view: str
    filters: tuple[str, ...] = ()
    template: str | None = None
    source: str = ""
    detail_type: str = ""
    group: str = ""
    arn: str = ""
    enrichment: str = ""
    sharded: bool = False
    queued: bool = False
    forgets: bool = False

    @property
    def reader(self) -> str:
        """The function that the pipe hands records to and waits for; empty if there is none."""
        waits = self.kind == "function" and not self.forgets
        return self.enrichment or (self.target if waits else "")

    @property
    def table_name(self) -> str:
        """The physical name of the table, once it is deployed."""
        return table_of(self.arn)


@dataclass(frozen=True, slots=True)
class Subscription:
    """A topic's subscription of a function or a queue of the template.

    ``raw``: a queue gets the message alone. ``policy``: the filter policy as JSON, None without
    one; ``in_body``: it is about the message's body, and not its attributes. ``obstacle``: the
    reason why AWS never reaches it, if there is one.
    """

    topic: str
    kind: Literal["function", "queue"]
    target: str
    raw: bool = False
    policy: str | None = None
    in_body: bool = False
    obstacle: str = ""


@dataclass(frozen=True, slots=True)
class Destination:
    """The place that a function's result goes to after an asynchronous invocation.

    ``target``: a logical id, or the name of a bus from outside.
    """

    function: str
    kind: Literal["function", "queue", "topic", "bus", "stream"]
    target: str


@dataclass(frozen=True, slots=True)
class Notification:
    """A bucket's notification of a function, a queue or a topic; ``bus``: of the default bus.

    ``events`` are S3's names, such as ``s3:ObjectCreated:*``; the key has to begin with ``prefix``
    and to end with ``suffix``.
    """

    bucket: str
    kind: Literal["function", "queue", "topic", "bus"]
    target: str
    events: tuple[str, ...] = ("s3:*",)
    prefix: str = ""
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class Invocations:
    """The functions that each function may invoke; ``events``: asynchronously.

    The others are called: each works for its caller, which waits for its answer.
    """

    called: Mapping[str, frozenset[str]] = field(default_factory=dict)
    events: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def helpers(self, functions: Iterable[str]) -> tuple[str, ...]:
        """The functions that some functions call, directly or by others; not those themselves."""
        given = dict.fromkeys(functions)
        found, reached = dict.fromkeys(given), list(given)
        while reached:
            name = reached.pop()
            for callee in sorted(self._callees(name)):
                if callee not in found:
                    found[callee] = None
                    reached.append(callee)
        return tuple(name for name in found if name not in given)

    def _callees(self, name: str) -> frozenset[str]:
        return self.called.get(name, frozenset()) | self.events.get(name, frozenset())
