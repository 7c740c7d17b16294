"""The laws of delivery: what each carrier of events may do to them, as one table.

Steps, sweeps and the dispatcher apply these laws to every hop and do nothing beyond them: a
delivery that a carrier never makes would blame correct code, and a lawful one that is left out
would spare broken code. Each row names the page of AWS's documentation that it follows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Carrier(StrEnum):
    """The services that carry events to a function."""

    BUS = "EventBridge"
    QUEUE = "SQS"
    FIFO_QUEUE = "SQS FIFO"
    STREAM = "DynamoDB Streams"
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
        Order.NONE, repeats=True, blocks=False, replays=True,
        source='SQS Developer Guide, "Amazon SQS at-least-once delivery"'),
    Carrier.FIFO_QUEUE: Law(
        Order.GROUP, repeats=True, blocks=True, replays=True,
        source='Lambda Developer Guide, "Using Lambda with Amazon SQS": FIFO queues'),
    Carrier.STREAM: Law(
        Order.KEY, repeats=True, blocks=True, replays=False,
        source='DynamoDB Developer Guide, "Change data capture for DynamoDB Streams"; Lambda '
               'Developer Guide, "Using AWS Lambda with Amazon DynamoDB"'),
    Carrier.PARALLEL_STREAM: Law(
        Order.ITEM, repeats=True, blocks=True, replays=False,
        source='Lambda Developer Guide, "Using AWS Lambda with Amazon DynamoDB": '
               "ParallelizationFactor"),
})
"""Carrier -> its law. A key is an item's partition key; an item has a sort key as well."""
