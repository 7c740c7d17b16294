"""Carriers of events: bus, streams, shards, queues, topics and schedules.

Events wait in them until the dispatcher hands them over.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from botocore.awsrequest import AWSResponse

from harness.aws.calls import REGION, Call
from harness.aws.interception import Answer, Perform
from harness.core.bus_entry import BusEntry
from harness.core.history import Role
from harness.functions.events.pipes import answers_of
from harness.functions.events.sns import TopicMessage
from harness.stages.controlled.backend import Backend
from harness.stages.controlled.bus import Bus
from harness.stages.controlled.call_control import CallControl
from harness.stages.controlled.dispatcher import Dispatcher
from harness.stages.controlled.invocations import Invocations
from harness.stages.controlled.invoking import Invoking
from harness.stages.controlled.messages import Messages
from harness.stages.controlled.play_chance import PlayChance
from harness.stages.controlled.provisioning import Deployment
from harness.stages.controlled.recording import Recorder
from harness.stages.controlled.schedules import Schedules
from harness.stages.controlled.shards import Shards
from harness.stages.controlled.streams import Streams
from harness.stages.controlled.system_facts import rules_among
from harness.stages.controlled.waiting import Delivery
from harness.stages.participants import Participants
from harness.template import QueueFeed, RecordFeed, Template


class Carriers:
    """All carriers of a deployment, each connected to those that it feeds."""

    def __init__(
        self, template: Template, deployment: Deployment, parts: Participants, backend: Backend,
        *, invocations: Invocations, calls: CallControl, recorder: Recorder, chance: PlayChance,
    ) -> None:
        self._template, self._deployment, self._parts = template, deployment, parts
        self._backend, self._invocations, self._calls = backend, invocations, calls
        self._recorder, self._chance = recorder, chance
        self.bus = Bus(rules_among(parts.roles, deployment.rules), REGION, self._published,
                       chance.identify, invocations.time.now, archived=deployment.archived())
        self.streams = self._made_streams()
        self.messages = Messages(
            template, deployment.feeds, deployment.named(), self.bus, self._published,
            self._size, parts.roles.__contains__, parts.event_words, invocations.time.now)
        self._shards = Shards(
            tuple(feed for feed in deployment.shards if feed.function in parts.roles),
            deployment.kinesis(), self.bus.waiting, self._published, invocations.time.now)
        relays = parts.functions(Role.RELAY)
        self.schedules = Schedules(tuple(name for name in template.schedules if name in relays),
                                   invocations, chance.identify)
        self._connect()
        self.dispatcher = self._made_dispatcher(relays)

    def _made_streams(self) -> Streams:
        roles = self._parts.roles
        feeds = tuple(feed for feed in self._deployment.streams if feed.function in roles)
        return Streams(feeds, self._backend.items, self._deployment.keys, self.bus.waiting,
                       self._backend.remove_items, self._parts.event_words,
                       self._invocations.time.now)

    def _connect(self) -> None:
        """Let each carrier hand on to those behind it."""
        deployment, messages = self._deployment, self.messages
        messages.destinations = deployment.destinations()
        self.streams.pipes, self.streams.piped = deployment.pipes, messages.piped
        self._shards.pipes, self._shards.piped = deployment.pipes, messages.piped
        messages.put, messages.pipes = self._shards.put, deployment.pipes
        self.bus.sent = lambda queue, text, group: messages.pass_on(
            queue, TopicMessage(text, group=group))

    def _made_dispatcher(self, relays: frozenset[str]) -> Dispatcher:
        streams = {feed.logical_id: feed for feed in self.streams.feeds}
        return Dispatcher(
            self.bus.waiting, self._invocations, self._deployment.feeds,
            {**streams, **self._shards.readers}, relays, self._poison,
            self.schedules.run if self.schedules.functions else None,
            disturbed=lambda: bool(self._calls.disturbed_functions),
            once={f.logical_id: f.aside for f in self._template.functions if f.attempts == 1},
            hit=self._is_hit,
            succeeded=self.messages.succeeded, enriched=self._enriched,
            fed=self._fed() & (relays | self._parts.functions(Role.PROJECTION)))

    def _fed(self) -> frozenset[str]:
        """The functions that a queue or a stream feeds."""
        by_queues = {feed.function for feed in self._deployment.feeds.values()}
        records = (*self.streams.feeds, *self._shards.readers.values())
        return frozenset(by_queues | {feed.function for feed in records})

    def answers(self) -> Mapping[tuple[str, str], Answer]:
        """The answers of the calls that give something to a carrier, by service and operation."""
        invoking = Invoking(
            self._deployment.functions(), self._invocations, self.bus.waiting,
            self._chance.identify, self._parts.roles.__contains__, self._published)
        return {
            ("events", "PutEvents"): lambda call: self._backend.put_events(self.bus, call.body),
            ("kinesis", "PutRecord"): lambda call: self._shards.put_record(call.body),
            ("kinesis", "PutRecords"): lambda call: self._shards.put_records(call.body),
            ("lambda", "Invoke"): invoking.invoke}

    def watched(
        self, call: Call, perform: Perform, body: bytes | None = None
    ) -> AWSResponse | None:
        """Perform a call, and carry what it gives to streams, topics and queues."""
        return self.streams.watched(call, partial(self.messages.watched, call, perform), body)

    def begin(self) -> None:
        """Begin a play: nothing is on its way."""
        self.dispatcher.begin()
        self.streams.begin(self._chance.plays)
        self._shards.begin(self._chance.plays)
        self.messages.begin()
        self._backend.forget_messages()

    def publish(self, entry: BusEntry) -> int:
        """Put a foreign entry on the bus, and the like of it where other carriers lead on."""
        before = len(self.bus.waiting.pending)
        if not self.dispatcher.at_relays:
            self._backend.publish(self.bus, entry)
        self.streams.poison_all(self.dispatcher.is_about)
        self._shards.poison_all(self.dispatcher.is_about)
        self.messages.poison(entry.detail, self.dispatcher.is_about)
        return len(self.bus.waiting.pending) - before

    def _poison(self, like: Delivery) -> Delivery | None:
        """A record of a stream that cannot be handled, made like a good one."""
        of_kinesis = like.target.stream in self._shards.readers
        return self._shards.poison(like) if of_kinesis else self.streams.poison(like)

    def _enriched(self, feed: RecordFeed | QueueFeed, answer: Any) -> None:
        """Hand the events in the answer of a pipe's enrichment to the pipe's target."""
        name = feed.pipe if isinstance(feed, QueueFeed) else feed.logical_id
        pipe = next(each for each in self._deployment.pipes if each.logical_id == name)
        for event in answers_of(answer):
            self.messages.piped(pipe, event)

    def _is_hit(self, function: str) -> bool:
        """Tell if a fault has hit a function, or one that works for it."""
        own = {function, *self._template.invocations.helpers((function,))}
        return bool(own & self._calls.disturbed_functions)

    def _size(self, bucket: str, key: str) -> int:
        return len((self._backend.text(bucket, key) or "").encode())

    def _published(self, number: int, entry: BusEntry, targets: int) -> None:
        self._recorder.published(self._invocations.turns.running, number, entry, targets)
