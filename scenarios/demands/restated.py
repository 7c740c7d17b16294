"""The table of docs/contract.md, section 8: what requirements ask where events are carried.

Each row follows the law of its carriers (``harness.core.carriers``): what is delivered again, what
overtakes, and what comes in batches is what the carrier may do, and nothing beyond it.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.core.carriers import Carrier

BUSES = (Carrier.BUS,)
QUEUES = (Carrier.QUEUE, Carrier.FIFO_QUEUE)
TOPICS = (Carrier.TOPIC, Carrier.FIFO_TOPIC)
STREAMS = (Carrier.STREAM, Carrier.PARALLEL_STREAM, Carrier.SHARDS, Carrier.PARALLEL_SHARDS)
ONE_BY_ONE = (*BUSES, Carrier.TOPIC, Carrier.NOTIFICATION, Carrier.INVOCATION)
RELAYED = "a relay passes events on"


@dataclass(frozen=True, slots=True)
class Restated:
    """Requirements, the carriers or the shape where they are restated, and what they then ask."""

    requirements: tuple[str, ...]
    where: tuple[Carrier, ...] | str
    meaning: str

    def __str__(self) -> str:
        where = self.where if isinstance(self.where, str) else ", ".join(self.where)
        return f"| {', '.join(self.requirements)} | {where} | {self.meaning} |"


RESTATED = (
    Restated(("CMD-10", "CMD-12"), RELAYED,
             "An acknowledgement means stored; the event is passed on at last."),
    Restated(("CMD-11",), RELAYED,
             "RLY-03 asks it of the relay, and of the command what it publishes itself."),
    Restated(("CMD-13",), RELAYED, "What a relay publishes is equal to what is stored."),
    Restated(("PRJ-02", "PRJ-05"), RELAYED,
             "RLY-01 asks it of the relay: what comes again or late is passed on."),
    Restated(("PRJ-06",), RELAYED, "RLY-05 asks it of the relay."),
    Restated(("PRJ-07",), RELAYED, "RLY-02 asks it of the relay, and RLY-03 of its publishing."),
    Restated(("PRJ-08",), RELAYED,
             "Relays pass on amid the deliveries that overlap; two of them may overlap as well."),
    Restated(("PRJ-11",), RELAYED, "RLY-04 asks it of the relay."),
    Restated(("PRJ-02",), (*ONE_BY_ONE, *QUEUES), "Each event may come again, at any time."),
    Restated(("PRJ-02",), STREAMS,
             "Records come again from one on, in their order; at most a batch of them."),
    Restated(("PRJ-03",), (*ONE_BY_ONE, Carrier.QUEUE), "Any event overtakes any other."),
    Restated(("PRJ-03",), (Carrier.PARALLEL_STREAM,),
             "Events overtake each other unless they are changes of one item."),
    Restated(("PRJ-05",), (*STREAMS, Carrier.FIFO_QUEUE),
             "What is held back holds back what is behind it in its shard, key, item or group."),
    Restated(("PRJ-06",), BUSES, "An entry of another source, of an unknown type, or malformed."),
    Restated(("PRJ-06",), (*QUEUES, *TOPICS),
             "A message like a good one whose body says nothing; a notification's test event."),
    Restated(("PRJ-06",), STREAMS,
             "A record of another type and aggregate, in each shard that had a good one."),
    Restated(("PRJ-07",), ONE_BY_ONE,
             "The event comes again; with MaximumRetryAttempts 0 at the end, if something keeps it,"
             " and else never."),
    Restated(("PRJ-11",), QUEUES, "The messages that failed are reported, and come again."),
    Restated(("PRJ-11",), STREAMS, "The first record that failed comes again, with all behind it."),
)
"""A requirement without a row means the same for every carrier."""
