"""Messages on their way to functions: through topics and queues, and notifications of buckets.

The stage tells of every call of a function. A successful one that publishes, sends or stores
becomes deliveries by the subscriptions, mappings and notifications of the template.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from botocore.awsrequest import AWSResponse

from harness.aws.calls import ACCOUNT, REGION, Call
from harness.aws.interception import Perform
from harness.aws.sent_messages import SENDING, sent_messages
from harness.core.bus_entry import BusEntry
from harness.core.clock import utc_text
from harness.functions.events import SqsMessage, event_pattern, invocations, s3, sns, sqs_event
from harness.functions.events.pipes import (
    parameter,
    pipe_text,
    pipe_value,
    with_read_body,
)
from harness.functions.events.sns import TopicMessage
from harness.functions.lambda_json import to_json
from harness.functions.python.clock import REAL_TIME
from harness.stages.controlled.bus import Bus
from harness.stages.controlled.running import Outcome
from harness.stages.controlled.waiting import Delivery, Target
from harness.template import Destination, PipeFeed, QueueFeed, Template

WINDOW = 300.0
"""Seconds in which a FIFO queue or topic takes a message with the same token only once."""
SPOILED = '{"unprocessable": true}'
STRANGE = "Unprocessable"
Meant = Callable[[str], bool]
"""Tells if a function is one that a step is about."""


@dataclass
class Messages:
    """The topics, queues and notifications of a system.

    ``names``: the logical id of each topic, queue and bucket by its physical name. ``published``
    is told of every message that a function sends. ``event_words``: as of ``Streams``. ``put``
    puts a text into a Kinesis stream, with a partition key.
    """

    template: Template
    feeds: Mapping[str, QueueFeed]
    names: Mapping[str, str]
    bus: Bus
    published: Callable[[int, BusEntry, int], None]
    size: Callable[[str, str], int]
    takes_part: Meant
    event_words: frozenset[str] = frozenset()
    now: Callable[[], float] = REAL_TIME
    destinations: tuple[Destination, ...] = ()
    pipes: tuple[PipeFeed, ...] = ()
    put: Callable[[str, str, str], None] = lambda stream, text, key: None
    _changes: int = 0
    _latest: dict[str, TopicMessage] = field(default_factory=dict)
    _tokens: dict[tuple[str, str], float] = field(default_factory=dict)

    def begin(self) -> None:
        """Begin a play: no message yet."""
        self._changes, self._latest, self._tokens = 0, {}, {}

    def watched(
        self, call: Call, perform: Perform, body: bytes | None = None
    ) -> AWSResponse | None:
        """Perform a call, and put on its way what it sends or stores."""
        response = perform(body)
        if response is not None and response.status_code < 300:
            if (call.service, call.operation) in SENDING:
                self._sent(call, response)
            elif call.service == "s3" and call.operation in s3.OPERATIONS:
                self._stored(call, response)
        return response

    # -- messages of functions -----------------------------------------------------------

    def _sent(self, call: Call, response: AWSResponse) -> None:
        for name, message in sent_messages(call, response.content):
            logical = self.names.get(name)
            if logical is not None:
                self._latest[logical] = message
                self._send(logical, message)

    def _send(self, logical: str, message: TopicMessage, *, told: bool = True) -> None:
        name = next(name for name, found in self.names.items() if found == logical)
        number = self.bus.waiting.number(delayed=message.delayed)
        targets = self._put(logical, message, number)
        if told:
            self.published(number, BusEntry(
            name, self._kind(message), message.message, bus=name), targets)

    def _kind(self, message: TopicMessage) -> str:
        """The type of event that a message names beside its body."""
        told = [message.subject, *(value for _, value in message.attributes.values())]
        return next((text for text in told if text in self.event_words), "") or ""

    def _put(self, logical: str, message: TopicMessage, number: int) -> int:
        if self._is_repeated(logical, message):
            return 0
        found = [*self._through(logical, message, number)]
        self.bus.waiting.pending += found
        return len(found)

    def _is_repeated(self, logical: str, message: TopicMessage) -> bool:
        """Tell if a FIFO queue or topic has had a message with that token a while ago."""
        if logical not in self.template.fifo:
            return False
        place = logical, message.token or message.message
        known = self._tokens.get(place)
        if known is not None and self.now() < known + WINDOW:
            return True
        self._tokens[place] = self.now()
        return False

    def _through(self, logical: str, message: TopicMessage, number: int) -> Iterator[Delivery]:
        """The deliveries of a message to a topic or to a queue."""
        if logical in self.template.queues:
            yield from self._queued(logical, message, number, SPOILED)
            return
        arn = next(name for name, found in self.names.items() if found == logical)
        wrapped = sns.notice(message, message_id=self.bus.identify(), topic_arn=arn,
                             time=utc_text(self.now(), milliseconds=True))
        for each in self.template.subscriptions:
            fits = sns.passes(message, each.policy, in_body=each.in_body)
            if each.topic != logical or not fits:
                continue
            if each.kind == "function" and self.takes_part(each.target):
                event = sns.sns_event(wrapped, subscription=f"{arn}:conformance")
                yield Delivery(number, event, Target(each.target), self.bus.identify())
            elif each.kind == "queue" and each.raw:
                yield from self._queued(each.target, message, number, SPOILED)
            elif each.kind == "queue":
                told = TopicMessage(to_json(wrapped), group=message.group, token=message.token)
                spoiled = to_json({**wrapped, "Message": SPOILED})
                yield from self._queued(each.target, told, number, spoiled)

    def _queued(
        self, queue: str, message: TopicMessage, number: int, spoiled: str
    ) -> Iterator[Delivery]:
        feed = self.feeds.get(queue)
        if feed is not None and self.takes_part(feed.function):
            fifo = queue in self.template.fifo
            yield Delivery(
                number, {}, Target(feed.function, queue=queue, group=message.group),
                self.bus.identify(), line=message.group if fifo else None,
                body=message.message, attributes=message.attributes, spoiled=spoiled)
        self.pass_on(queue, message)

    def pass_on(self, queue: str, message: TopicMessage) -> None:
        """Let pipes without a function take a message out of a queue."""
        for pipe in self.pipes:
            if pipe.queued and pipe.table == queue and not pipe.reader:
                self._pass_on(pipe, message)

    def _pass_on(self, pipe: PipeFeed, message: TopicMessage) -> None:
        """Let a pipe without a function take a message out of its queue."""
        group = {"MessageGroupId": message.group} if message.group else {}
        sent = SqsMessage(self.bus.identify(), message.message, 1, group, message.attributes)
        record = sqs_event([sent], queue_arn=pipe.arn,
                           epoch_ms=int(self.now() * 1000))["Records"][0]
        seen = with_read_body(record)
        if not pipe.filters or any(event_pattern(text).matches(seen) for text in pipe.filters):
            self.piped(pipe, record if pipe.template is None else seen, told=False)

    # -- destinations --------------------------------------------------------------------

    def succeeded(self, delivery: Delivery, outcome: Outcome) -> None:
        """Put the result of an asynchronous invocation on its way to the function's destination."""
        for each in self.destinations:
            if each.function == delivery.target.function:
                told = invocations.success_record(
                    delivery.payload(), outcome.result, function=each.function,
                    id=delivery.message, count=delivery.attempts,
                    time=utc_text(self.now(), milliseconds=True))
                self._destined(each, told)

    def _destined(self, place: Destination, told: dict[str, Any]) -> None:
        if place.kind == "bus":
            self.bus.publish(BusEntry("lambda", invocations.SUCCEEDED, to_json(told),
                                      (told["requestContext"]["functionArn"],), place.target))
        elif place.kind != "function":
            group = place.function if place.target in self.template.fifo else None
            message = TopicMessage(to_json(told), group=group, token=group and self.bus.identify())
            self._latest[place.target] = message
            self._send(place.target, message)
        elif self.takes_part(place.target):
            number = self.bus.waiting.number()
            self.bus.waiting.pending.append(
                Delivery(number, told, Target(place.target), self.bus.identify()))
            self.published(number, BusEntry(place.target, "", to_json(told), bus=place.target), 1)

    # -- pipes ---------------------------------------------------------------------------

    def piped(self, pipe: PipeFeed, record: Any, *, told: bool = True) -> None:
        """Put a record, or the answer of an enrichment, on its way by a pipe.

        ``told``: a function has written it, and no message of that function is known yet.
        """
        if pipe.kind == "function":
            self._hand_over(pipe, record, told=told)
            return
        text = pipe_text(record, pipe.template)
        if pipe.kind == "stream":
            self.put(pipe.target, text, parameter(record, pipe.group))
            return
        if pipe.kind == "bus":
            self.bus.publish(BusEntry(parameter(record, pipe.source),
                                      parameter(record, pipe.detail_type), text, bus=pipe.target),
                             told=told)
            return
        group = parameter(record, pipe.group) if pipe.target in self.template.fifo else None
        message = TopicMessage(text, group=group)
        self._latest[pipe.target] = message
        self._send(pipe.target, message, told=told)

    def _hand_over(self, pipe: PipeFeed, record: Any, *, told: bool) -> None:
        """Hand an event to the function that is a pipe's target, and that it does not wait for."""
        if self.takes_part(pipe.target):
            number = self.bus.waiting.number()
            event: Any = [pipe_value(record, pipe.template)]
            self.bus.waiting.pending.append(
                Delivery(number, event, Target(pipe.target), self.bus.identify()))
            if told:
                entry = BusEntry(pipe.target, "", to_json(event), bus=pipe.target)
                self.published(number, entry, 1)

    # -- notifications -------------------------------------------------------------------

    def _stored(self, call: Call, response: AWSResponse) -> None:
        logical = self.names.get(call.resource)
        given = [each for each in self.template.notifications if each.bucket == logical]
        if not given:
            return
        number, self._changes = self._changes, self._changes + 1
        change = s3.ObjectChange(
            call.resource, call.key, s3.OPERATIONS[call.operation],
            self.size(call.resource, call.key), str(response.headers.get("ETag", "")).strip('"'),
            number, utc_text(self.now(), milliseconds=True))
        told = self.bus.waiting.number()
        for each in given:
            if s3.notified(change, each.events, each.prefix, each.suffix):
                self._notify(each.kind, each.target, change, told)

    def _notify(self, kind: str, target: str, change: s3.ObjectChange, number: int) -> None:
        if kind == "bus":
            detail_type, detail = s3.bus_detail(change, account=ACCOUNT)
            self.bus.publish(BusEntry("aws.s3", detail_type, to_json(detail),
                                      (f"arn:aws:s3:::{change.bucket}",)))
            return
        event = s3.s3_event(change, region=REGION)
        if kind != "function":
            self.bus.waiting.pending += self._through(
                target, TopicMessage(to_json(event), "Amazon S3 Notification"), number)
        elif self.takes_part(target):
            self.bus.waiting.pending.append(
                Delivery(number, event, Target(target), self.bus.identify()))

    # -- messages that nobody of the system sends ----------------------------------------

    def poison(self, detail: str, meant: Meant) -> int:
        """Send a message that says nothing wherever a good one came from; gives the deliveries."""
        made: list[Delivery] = []
        good = dict(self._latest)
        for logical, message in good.items():
            strange = {name: (kind, self._renamed(value))
                       for name, (kind, value) in message.attributes.items()}
            subject = self._renamed(message.subject) if message.subject else None
            group = message.group and f"{message.group}-{STRANGE}"
            bad = replace(message, message=detail, subject=subject, attributes=strange, group=group)
            made += self._through(logical, bad, self.bus.waiting.number())
        self._latest = good
        time = utc_text(self.now(), milliseconds=True)
        for each in self.template.notifications:
            if each.kind in ("queue", "topic"):
                bucket = next(n for n, found in self.names.items() if found == each.bucket)
                told = TopicMessage(to_json(s3.s3_test_event(bucket, time=time)))
                made += self._through(each.target, told, self.bus.waiting.number())
        found = [delivery for delivery in made if meant(delivery.target.function)]
        self.bus.waiting.pending += found
        return len(found)

    def _renamed(self, text: str) -> str:
        return STRANGE if text in self.event_words else text

