"""The laws of delivery: what each carrier of events may do to them, as one table.

Steps, sweeps and the dispatcher apply these laws to every hop and do nothing beyond them: a
delivery that a carrier never makes would blame correct code, and a lawful one that is left out
would spare broken code. Each row names the page of AWS's documentation that it follows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Carrier(StrEnum):
    """The services that carry events to a function."""

    BUS = "EventBridge"
    QUEUE = "SQS"
    FIFO_QUEUE = "SQS FIFO"
    STREAM = "DynamoDB Streams"
    TOPIC = "SNS"
    FIFO_TOPIC = "SNS FIFO"
    NOTIFICATION = "S3 notifications"
    SCHEDULE = "a schedule"
    PARALLEL_STREAM = "DynamoDB Streams with several batches at once"
    SHARDS = "Kinesis"
    PARALLEL_SHARDS = "Kinesis with several batches at once"
    ENRICHMENT = "the enrichment of a pipe"
    INVOCATION = "asynchronous invocations"
    CALL = "calls of another function"


class Order(StrEnum):
    """The scope within which a carrier keeps the order of events.

    A delivery that keeps an order is held back by one that fails before it in the same scope, or in
    a larger one.
    """

    NONE = "none"
    KEY = "per key"
    ITEM = "per item"
    GROUP = "per group"
    SHARD = "per shard"


@dataclass(frozen=True, slots=True)
class Law:
    """The law of one carrier.

    ``order``: the scope in which events keep their order. ``replays``: its old events can be
    handed over once more after they have left it. ``source``: the page that says so. None hands
    an event over exactly once, so that every carrier's may come again.
    """

    order: Order
    replays: bool
    source: str


LAWS: Mapping[Carrier, Law] = MappingProxyType({
    Carrier.BUS: Law(
        Order.NONE, replays=True,
        source='EventBridge User Guide, "How EventBridge retries delivering events"; "Archiving '
               'and replaying events"'),
    Carrier.QUEUE: Law(
        Order.NONE, replays=False,
        source='SQS Developer Guide, "Amazon SQS at-least-once delivery"'),
    Carrier.FIFO_QUEUE: Law(
        Order.GROUP, replays=False,
        source='Lambda Developer Guide, "Using Lambda with Amazon SQS": FIFO queues'),
    Carrier.STREAM: Law(
        Order.KEY, replays=False,
        source='DynamoDB Developer Guide, "Change data capture for DynamoDB Streams"; Lambda '
               'Developer Guide, "Using AWS Lambda with Amazon DynamoDB"'),
    Carrier.TOPIC: Law(
        Order.NONE, replays=False,
        source='SNS Developer Guide, "Amazon SNS message delivery retries"; SNS FAQ, '
               '"Reliability"'),
    Carrier.FIFO_TOPIC: Law(
        Order.GROUP, replays=False,
        source='SNS Developer Guide, "Message ordering and deduplication strategies using Amazon '
               'SNS FIFO topics"'),
    Carrier.NOTIFICATION: Law(
        Order.NONE, replays=False,
        source='S3 User Guide, "Amazon S3 Event Notifications": at least once, in any order'),
    Carrier.SCHEDULE: Law(
        Order.NONE, replays=False,
        source='EventBridge Scheduler User Guide, "What is Amazon EventBridge Scheduler?"'),
    Carrier.PARALLEL_STREAM: Law(
        Order.ITEM, replays=False,
        source='Lambda Developer Guide, "Using AWS Lambda with Amazon DynamoDB": '
               "ParallelizationFactor"),
    Carrier.SHARDS: Law(
        Order.SHARD, replays=False,
        source='Kinesis Data Streams Developer Guide, "Amazon Kinesis Data Streams Terminology and '
               'concepts"; Lambda Developer Guide, "Using Lambda to process records from Amazon '
               'Kinesis Data Streams"'),
    Carrier.PARALLEL_SHARDS: Law(
        Order.KEY, replays=False,
        source='Lambda Developer Guide, "How Lambda processes records from stream and queue-based '
               'event sources": ParallelizationFactor'),
    Carrier.ENRICHMENT: Law(
        Order.KEY, replays=False,
        source='EventBridge User Guide, "Event enrichment in Amazon EventBridge Pipes": a pipe '
               'calls the function, and goes on with its answer'),
    Carrier.INVOCATION: Law(
        Order.NONE, replays=False,
        source='Lambda Developer Guide, "Invoking a Lambda function asynchronously": an event may '
               'come more than once'),
    Carrier.CALL: Law(
        Order.NONE, replays=False,
        source='Lambda Developer Guide, "Invoke a Lambda function synchronously": the caller '
               'waits, and tries again itself'),
})
"""Carrier -> its law. A queue alone gives nothing again; a bus before it may. A key is an item's,
or a record's, partition key; an item has a sort key as well."""

ROUTE = " > "
"""Between the carriers of a route, from where a function hands an event over to the next one."""
STORES = frozenset({Carrier.STREAM, Carrier.PARALLEL_STREAM, Carrier.NOTIFICATION,
                    Carrier.SCHEDULE})
"""Carriers that tell what is stored; to the others a function publishes."""


def route_text(route: Iterable[Carrier]) -> str:
    """A route in one line."""
    return ROUTE.join(carrier.value for carrier in route)


def carriers_of(text: str) -> tuple[Carrier, ...]:
    """The carriers of a route, the first one first."""
    return tuple(map(Carrier, text.split(ROUTE)))


def keeps_order(route: Iterable[Carrier]) -> bool:
    """Tell if none of its carriers swaps two events of one aggregate."""
    return all(LAWS[carrier].order in (Order.KEY, Order.GROUP, Order.SHARD) for carrier in route)
