"""Messages and notifications on their way to functions, by subscriptions and filters."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from botocore.awsrequest import AWSResponse

from harness.aws.calls import Call
from harness.aws.responses import respond
from harness.stages.controlled.bus import Bus
from harness.stages.controlled.messages import WINDOW, Messages
from harness.stages.controlled.running import Outcome
from harness.stages.controlled.waiting import Delivery, Target
from harness.template import (
    Destination,
    Notification,
    PipeFeed,
    QueueFeed,
    Subscription,
    Template,
)

TOPIC, RAW, FIFO = "arn:aws:sns:us-east-1:123456789012:told", "raw", "line.fifo"


class Playground:
    """A topic, two queues and a bucket, with functions behind them."""

    def __init__(self, *subscriptions: Subscription, notified: tuple[Notification, ...] = ()
                 ) -> None:
        template = Template(
            Path("template.yaml"), (), (), (), (), ("Bucket",), (), ("Raw", "Fifo"), {},
            subscriptions=subscriptions, notifications=notified, fifo=frozenset({"Fifo"}),
            topics=("Topic",))
        feeds = {name: QueueFeed(name, "projection") for name in template.queues}
        names = {TOPIC: "Topic", RAW: "Raw", FIFO: "Fifo", "bucket": "Bucket"}
        self.published: list[Any] = []
        self.time = 0.0
        ids = iter(range(1000))
        self.bus = Bus((), "us-east-1", lambda *what: self.published.append(what),
                       lambda: f"id-{next(ids)}")
        self.messages = Messages(template, feeds, names, self.bus,
                                 lambda *what: self.published.append(what), lambda *_: 3,
                                 lambda function: True, frozenset({"Opened"}), lambda: self.time)

    def call(self, service: str, operation: str, body: bytes = b"", answer: Any = None,
             resource: str = "", key: str = "") -> None:
        made = Call(service, operation, resource, key, (), body)

        def perform(body: bytes | None = None) -> AWSResponse:
            return respond("https://aws", 200, {}, json.dumps(answer or {}))

        self.messages.watched(made, perform)

    def publish(self, message: str, **attributes: str) -> "Playground":
        form = {"TopicArn": TOPIC, "Message": message}
        for place, (name, value) in enumerate(attributes.items(), 1):
            entry = f"MessageAttributes.entry.{place}"
            form |= {f"{entry}.Name": name, f"{entry}.Value.DataType": "String",
                     f"{entry}.Value.StringValue": value}
        self.call("sns", "Publish", urlencode(form).encode())
        return self

    def send(self, queue: str, body: str, **more: str) -> "Playground":
        asked = {"QueueUrl": f"https://sqs/1/{queue}", "MessageBody": body, **more}
        self.call("sqs", "SendMessage", json.dumps(asked).encode())
        return self

    @property
    def pending(self) -> list[Delivery]:
        return self.bus.waiting.pending


class TestTopics:
    def test_function(self) -> None:
        """A function gets the message in a record."""
        play = Playground(Subscription("Topic", "function", "projection")).publish("hello")
        assert play.pending[0].payload()["Records"][0]["Sns"]["Message"] == "hello"

    def test_wrapped(self) -> None:
        """A queue gets the message in a document."""
        play = Playground(Subscription("Topic", "queue", "Raw")).publish("hello")
        assert json.loads(play.pending[0].body or "")["Message"] == "hello"

    def test_raw(self) -> None:
        """With raw delivery a queue gets the message and its attributes as they are."""
        play = Playground(Subscription("Topic", "queue", "Raw", raw=True))
        play.publish("hello", kind="x")
        assert (play.pending[0].body, play.pending[0].attributes) == (
            "hello", {"kind": ("String", "x")})

    @pytest.mark.parametrize(("policy", "in_body", "count"), [
        ('{"kind": ["x"]}', False, 1), ('{"kind": ["y"]}', False, 0),
        ('{"n": [{"numeric": [">", 1]}]}', True, 1), ('{"n": [1]}', True, 0),
        ('{"other": [{"exists": true}]}', False, 0)])
    def test_filter(self, policy: str, in_body: bool, count: int) -> None:
        """A filter policy is about the attributes, or about the body."""
        each = Subscription("Topic", "function", "projection", policy=policy, in_body=in_body)
        assert len(Playground(each).publish('{"n": 2}', kind="x").pending) == count

    def test_type(self) -> None:
        """An attribute that names an event type is the type of the published event."""
        play = Playground(Subscription("Topic", "function", "p")).publish("{}", kind="Opened")
        assert play.published[0][1].detail_type == "Opened"


class TestQueues:
    def test_groups(self) -> None:
        """Messages of one group of a FIFO queue keep their order."""
        play = Playground().send(FIFO, "1", MessageGroupId="a", MessageDeduplicationId="1")
        play.send(FIFO, "2", MessageGroupId="a", MessageDeduplicationId="2")
        assert play.pending[0].shares_line(play.pending[1])

    def test_standard(self) -> None:
        """Those of a standard queue do not."""
        play = Playground().send(RAW, "1").send(RAW, "2")
        assert not play.pending[0].shares_line(play.pending[1])

    @pytest.mark.parametrize(("later", "count"), [(WINDOW - 1, 1), (WINDOW, 2)])
    def test_token(self, later: float, count: int) -> None:
        """A FIFO queue takes a token once within five minutes."""
        play = Playground().send(FIFO, "1", MessageGroupId="a", MessageDeduplicationId="1")
        play.time = later
        play.send(FIFO, "1", MessageGroupId="a", MessageDeduplicationId="1")
        assert len(play.pending) == count

    def test_part_of_a_batch(self) -> None:
        """Only entries that the queue has taken are on their way."""
        asked = {"QueueUrl": f"https://sqs/1/{RAW}", "Entries": [
            {"Id": "1", "MessageBody": "one"}, {"Id": "2", "MessageBody": "two"}]}
        play = Playground()
        play.call("sqs", "SendMessageBatch", json.dumps(asked).encode(),
                  {"Successful": [{"Id": "2"}], "Failed": [{"Id": "1"}]})
        assert [each.body for each in play.pending] == ["two"]


class TestNotifications:
    def test_encoded(self) -> None:
        """The key of a record is encoded."""
        play = Playground(notified=(Notification("Bucket", "function", "projection"),))
        play.call("s3", "PutObject", resource="bucket", key="a=b/c d.json")
        record = play.pending[0].payload()["Records"][0]
        assert record["s3"]["object"]["key"] == "a%3Db/c+d.json"

    @pytest.mark.parametrize(("key", "count"), [("in/a.json", 1), ("in/a.txt", 0), ("a.json", 0)])
    def test_filter(self, key: str, count: int) -> None:
        """Prefix and suffix are those of the key."""
        each = Notification("Bucket", "function", "p", prefix="in/", suffix=".json")
        play = Playground(notified=(each,))
        play.call("s3", "PutObject", resource="bucket", key=key)
        assert len(play.pending) == count

    def test_through_a_topic(self) -> None:
        """A topic carries the notification as its message."""
        play = Playground(Subscription("Topic", "function", "projection"),
                          notified=(Notification("Bucket", "topic", "Topic"),))
        play.call("s3", "PutObject", resource="bucket", key="a")
        message = json.loads(play.pending[0].payload()["Records"][0]["Sns"]["Message"])
        assert message["Records"][0]["eventName"] == "ObjectCreated:Put"

    def test_bus(self) -> None:
        """EventBridge gets the key as it is."""
        play = Playground(notified=(Notification("Bucket", "bus", "default"),))
        play.call("s3", "PutObject", resource="bucket", key="a=b")
        assert json.loads(play.published[0][1].detail)["object"]["key"] == "a=b"

    def test_test_event(self) -> None:
        """A queue gets the test event among what it cannot make anything of."""
        play = Playground(notified=(Notification("Bucket", "queue", "Raw"),))
        play.messages.poison("{}", lambda function: True)
        assert json.loads(play.pending[0].body or "")["Event"] == "s3:TestEvent"


class TestDestinations:
    """Source: Lambda Developer Guide, "Capturing records of Lambda asynchronous invocations"."""

    @pytest.mark.parametrize(("kind", "target"), [("queue", "Raw"), ("function", "projection")])
    def test_result(self, kind: Any, target: str) -> None:
        """The result of an asynchronous invocation goes on with the event that it is about."""
        play = Playground()
        play.messages.destinations = (Destination("relay", kind, target),)
        play.messages.succeeded(Delivery(0, {"a": 1}, Target("relay"), "id"), Outcome({"b": 2}))
        made = play.bus.waiting.pending[0]
        told = made.event or json.loads(made.body or "")
        assert (made.target.function, told["requestPayload"], told["responsePayload"]) == (
            "projection", {"a": 1}, {"b": 2})

    def test_bus(self) -> None:
        """A bus gets an event of its own type."""
        play = Playground()
        play.messages.destinations = (Destination("relay", "bus", "default"),)
        play.messages.succeeded(Delivery(0, {}, Target("relay"), "id"), Outcome({"b": 2}))
        entry = play.published[0][1]
        assert (entry.source, entry.detail_type) == (
            "lambda", "Lambda Function Invocation Result - Success")

    def test_other_function(self) -> None:
        """The result of another function goes nowhere."""
        play = Playground()
        play.messages.destinations = (Destination("relay", "queue", "Raw"),)
        play.messages.succeeded(Delivery(0, {}, Target("other"), "id"), Outcome({}))
        assert play.bus.waiting.pending == []


class TestPipes:
    """A pipe without a function takes messages out of a queue, and hands them on at once."""

    def play(self, **settings: Any) -> Playground:
        """A pipe from the first queue to the second, with nothing behind the first."""
        play = Playground()
        play.messages.feeds = {"Fifo": QueueFeed("Fifo", "projection")}
        play.messages.pipes = (PipeFeed(
            "P", "Raw", "queue", "Fifo", "", queued=True, group="$.body.id",
            arn="arn:aws:sqs:us-east-1:1:raw", **settings),)
        return play

    def test_handed_on(self) -> None:
        """The template sees the body as JSON; the function has sent one message."""
        play = self.play(template='{"of": <$.body.id>}').send(RAW, '{"id": "a"}')
        told = [(json.loads(each.body or ""), each.line) for each in play.pending]
        assert (told, len(play.published)) == ([({"of": "a"}, "a")], 1)

    def test_whole(self) -> None:
        """Without a template the target gets the message, its body as a text."""
        play = self.play().send(RAW, '{"id": "a"}')
        assert json.loads(play.pending[0].body or "")["body"] == '{"id": "a"}'

    def test_filtered(self) -> None:
        """A message that matches no filter goes nowhere."""
        play = self.play(filters=('{"body": {"id": ["b"]}}',))
        play.send(RAW, '{"id": "a"}').send(RAW, "no JSON").send(RAW, '{"id": "b"}')
        assert len(play.pending) == 1
