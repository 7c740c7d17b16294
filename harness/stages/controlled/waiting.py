"""The events on their way: each waits until the scenario has it delivered.

All carriers share one room. An event of a carrier that keeps an order has a ``line``: within it
nothing overtakes (``harness.core.carriers``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.functions.events import target_input
from harness.functions.events.sns import Attributes
from harness.stages.controlled.chains import Chains


@dataclass(frozen=True, slots=True)
class Target:
    """Where an event goes: a function, through a queue (FIFO: its group), a stream, or directly.

    ``stream`` is the logical id of the mapping that reads the stream. ``rule_arn`` and
    ``rule_name`` are for input templates that show them.
    """

    function: str
    queue: str | None = None
    input: str | None = None
    input_path: str | None = None
    input_transformer: dict[str, Any] | None = None
    group: str | None = None
    stream: str | None = None
    rule_arn: str = field(default="", compare=False)
    rule_name: str = field(default="", compare=False)

    def receives(self, event: dict[str, Any]) -> Any:
        """The target's input for an event, after the rule's input transformation.

        Raises:
            TargetInputError: EventBridge can make none, and does not deliver the event.
        """
        if not (self.input or self.input_path or self.input_transformer):
            return event
        return target_input(
            event, input=self.input, input_path=self.input_path,
            input_transformer=self.input_transformer,
            rule_arn=self.rule_arn, rule_name=self.rule_name)


@dataclass(eq=False, slots=True)
class Delivery:
    """One event on its way to one target; ``message`` is its id in a queue or a stream.

    ``too_early``: attempts that failed although nothing was disturbed. ``line``: nothing of the
    same target and line overtakes it; None: anything may. ``body``: the text of a queue's message,
    with its attributes, where that is not the event; ``spoiled``: a body that cannot be handled.
    ``batch``: the number of the batch in which it failed and comes again; 0: it comes alone.
    """

    number: int
    event: dict[str, Any]
    target: Target
    message: str
    attempts: int = 0
    too_early: int = 0
    again: bool = False
    line: str | None = None
    body: str | None = None
    attributes: Attributes = field(default_factory=dict)
    spoiled: str = ""
    batch: int = 0

    def payload(self) -> Any:
        """The event for the target, after the rule's input transformation."""
        return self.target.receives(self.event)

    def shares_line(self, other: Delivery) -> bool:
        """Tell if neither may overtake the other."""
        return self.line is not None and (self.target, self.line) == (other.target, other.line)


@dataclass
class Waiting:
    """The deliveries of a play. ``count`` numbers the events.

    ``aside``: those that a carrier has given up and keeps; ``gone``: how many nobody keeps.
    ``apart``: streams whose lines were seen in several shards: there one does not block another.
    """

    count: int = 0
    pending: list[Delivery] = field(default_factory=list)
    held: list[Delivery] = field(default_factory=list)
    lost: list[Delivery] = field(default_factory=list)
    delivered: list[Delivery] = field(default_factory=list)
    under_way: list[Delivery] = field(default_factory=list)
    aside: list[Delivery] = field(default_factory=list)
    gone: int = 0
    apart: set[str] = field(default_factory=set)
    chains: Chains = field(default_factory=Chains)

    def reset(self) -> None:
        """Forget everything that was on its way."""
        self.count = self.gone = 0
        self.pending, self.held, self.lost, self.delivered = [], [], [], []
        self.under_way, self.aside, self.apart = [], [], set()
        self.chains = Chains()

    def number(self, *, delayed: bool = False) -> int:
        """The number of the next event; ``delayed``: it is sent with a delay."""
        number, self.count = self.count, self.count + 1
        self.chains.add(number, delayed=delayed)
        return number

    def is_ready(self, delivery: Delivery) -> bool:
        """Tell if no delivery of its line is kept back."""
        return delivery.line is None or not any(
            kept.shares_line(delivery) for kept in (*self.held, *self.lost))

    def head(self, picked: Delivery) -> Delivery | None:
        """The first of a delivery's line that waits; the delivery itself without one."""
        return next((d for d in self.pending if d is picked or d.shares_line(picked)), None)

    def takes_apart(self, head: Delivery) -> None:
        """Note that a line goes before others of its stream: they are in another shard."""
        if next((d for d in self.pending if d.target == head.target), None) is not head:
            self.set_apart(head)

    def set_apart(self, delivery: Delivery) -> None:
        """Note that the lines of a delivery's stream are in several shards."""
        if delivery.target.stream is not None:
            self.apart.add(delivery.target.stream)

    def lane(self, delivery: Delivery) -> str | None:
        """The name of all that one failing delivery holds back; None if it holds nothing back."""
        stream = delivery.target.stream
        if stream is None:
            return delivery.line and f"{delivery.target.queue}\t{delivery.line}"
        return f"{stream}\t{delivery.line}" if stream in self.apart else stream

    def put_back(self, deliveries: Iterable[Delivery]) -> None:
        """Put failed deliveries where they come again: what keeps an order at the front."""
        failed = list(deliveries)
        ordered = [d for d in failed if d.line is not None]
        others = [d for d in failed if d.line is None]
        self.pending = [*ordered, *self.pending, *others]

    def companions(self, delivery: Delivery) -> list[Delivery]:
        """Those that wait to come again in the batch of a delivery."""
        return [d for d in self.pending if d.batch and d is not delivery
                and (d.target, d.batch) == (delivery.target, delivery.batch)]

    def keep_together(self, deliveries: Sequence[Delivery]) -> None:
        """Let failed deliveries come again as one batch."""
        for delivery in deliveries:
            delivery.batch = deliveries[0].number + 1

    def give_up(self, deliveries: Iterable[Delivery], *, kept: bool) -> None:
        """Give deliveries up; ``kept``: in a place from which they may be redriven."""
        given = list(deliveries)
        if kept:
            self.aside += given
        else:
            self.gone += len(given)
