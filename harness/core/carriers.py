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


class Order(StrEnum):
    """The scope within which a carrier keeps the order of events."""

    NONE = "none"
    KEY = "per key"
    ITEM = "per item"
    GROUP = "per group"


@dataclass(frozen=True, slots=True)
class Law:
    """The law of one carrier.

    ``order``: the scope in which events keep their order. ``repeats``: an event may come again.
    ``blocks``: an event that fails holds back those behind it. ``replays``: its old events can be
    handed over once more after they have left it. ``source``: the page that says so.
    """

    order: Order
    repeats: bool
    blocks: bool
    replays: bool
    source: str


LAWS: Mapping[Carrier, Law] = MappingProxyType({
    Carrier.BUS: Law(
        Order.NONE, repeats=True, blocks=False, replays=True,
        source='EventBridge User Guide, "How EventBridge retries delivering events"; "Archiving '
               'and replaying events"'),
    Carrier.QUEUE: Law(
        Order.NONE, repeats=True, blocks=False, replays=False,
        source='SQS Developer Guide, "Amazon SQS at-least-once delivery"'),
    Carrier.FIFO_QUEUE: Law(
        Order.GROUP, repeats=True, blocks=True, replays=False,
        source='Lambda Developer Guide, "Using Lambda with Amazon SQS": FIFO queues'),
    Carrier.STREAM: Law(
        Order.KEY, repeats=True, blocks=True, replays=False,
        source='DynamoDB Developer Guide, "Change data capture for DynamoDB Streams"; Lambda '
               'Developer Guide, "Using AWS Lambda with Amazon DynamoDB"'),
    Carrier.TOPIC: Law(
        Order.NONE, repeats=True, blocks=False, replays=False,
        source='SNS Developer Guide, "Amazon SNS message delivery retries"; SNS FAQ, '
               '"Reliability"'),
    Carrier.FIFO_TOPIC: Law(
        Order.GROUP, repeats=True, blocks=True, replays=False,
        source='SNS Developer Guide, "Message ordering and deduplication strategies using Amazon '
               'SNS FIFO topics"'),
    Carrier.NOTIFICATION: Law(
        Order.NONE, repeats=True, blocks=False, replays=False,
        source='S3 User Guide, "Amazon S3 Event Notifications": at least once, in any order'),
    Carrier.SCHEDULE: Law(
        Order.NONE, repeats=True, blocks=False, replays=False,
        source='EventBridge Scheduler User Guide, "What is Amazon EventBridge Scheduler?"'),
    Carrier.PARALLEL_STREAM: Law(
        Order.ITEM, repeats=True, blocks=True, replays=False,
        source='Lambda Developer Guide, "Using AWS Lambda with Amazon DynamoDB": '
               "ParallelizationFactor"),
})
"""Carrier -> its law. A queue alone gives nothing again; a bus before it may. A key is an item's
partition key; an item has a sort key as well."""

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
    return all(LAWS[carrier].order in (Order.KEY, Order.GROUP) for carrier in route)
