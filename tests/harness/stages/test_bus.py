"""The harness as the bus: what PutEvents takes, and where it goes."""

import json
from typing import Any

import pytest

from harness.core.bus_entry import BusEntry
from harness.functions.events import event_pattern
from harness.stages.controlled.bus import Bus, Rule
from harness.stages.controlled.waiting import Target

ENTRY = {"Source": "orders", "DetailType": "OrderCreated", "Detail": '{"orderId": "a"}'}


TIME = "2026-01-01T00:00:00Z"


def rule(pattern: dict[str, Any], *functions: str, bus: str = "default") -> Rule:
    return Rule(bus, event_pattern(json.dumps(pattern)), tuple(map(Target, functions)))


def bus(*rules: Rule) -> tuple[Bus, list[Any]]:
    published: list[Any] = []
    numbers = iter(range(1000))
    made = Bus(rules or (rule({"source": ["orders"]}, "projection"),), "us-east-1",
               lambda *what: published.append(what), lambda: f"id-{next(numbers)}",
               now=lambda: 1_767_225_600.5)
    return made, published


def put(made: Bus, *entries: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    status, _, text = made.put_events(json.dumps({"Entries": entries}).encode())
    return status, json.loads(text)


def code(answer: dict[str, Any]) -> str | None:
    return answer["Entries"][0].get("ErrorCode")


class TestPutEvents:
    def test_accepted(self) -> None:
        """A good entry gets an id, and its delivery waits."""
        made, published = bus()
        status, answer = put(made, ENTRY)
        assert (status, answer["FailedEntryCount"], len(made.waiting.pending), len(published)) == (
            200, 0, 1, 1)

    @pytest.mark.parametrize("member", ["Source", "DetailType", "Detail"])
    @pytest.mark.parametrize("value", [None, ""])
    def test_missing_member(self, member: str, value: str | None) -> None:
        """An entry without one of the three members fails, with status 200."""
        made, _ = bus()
        status, answer = put(made, ENTRY | {member: value})
        assert (status, answer["FailedEntryCount"], code(answer)) == (200, 1, "InvalidArgument")

    @pytest.mark.parametrize("detail", [
        "{", "[]", "null", '"x"', "5", '{"a": NaN}', "[" * 100_000,
    ])
    def test_malformed_detail(self, detail: str) -> None:
        """A detail that is no JSON object fails."""
        made, _ = bus()
        assert code(put(made, ENTRY | {"Detail": detail})[1]) == "MalformedDetail"

    def test_source_of_aws(self) -> None:
        """An entry whose source begins with aws. fails; the others of its request do not.

        Source: EventBridge API Reference, PutEventsResultEntry, NotAuthorizedForSourceException.
        """
        made, _ = bus()
        status, answer = put(made, ENTRY | {"Source": "aws.orders"}, ENTRY | {"Source": "awsome"})
        assert (status, answer["FailedEntryCount"], code(answer), len(answer["Entries"][1])) == (
            200, 1, "NotAuthorizedForSourceException", 1)

    @pytest.mark.parametrize(("given", "time"), [
        ({"Time": 1_700_000_000}, "2023-11-14T22:13:20Z"),
        ({"Time": 1_700_000_000.9}, "2023-11-14T22:13:20Z"),
        ({"Time": 1e300}, TIME),
        ({}, TIME),
    ])
    def test_time(self, given: dict[str, float], time: str) -> None:
        """The event has the entry's own time, in seconds (API Reference, PutEventsRequestEntry)."""
        made, _ = bus()
        put(made, ENTRY | given)
        assert made.waiting.pending[0].event["time"] == time

    def test_failed_entry_is_not_delivered(self) -> None:
        """Of several entries the good ones go their way and the others do not."""
        made, _ = bus()
        _, answer = put(made, ENTRY, ENTRY | {"Detail": "{"}, ENTRY)
        found = (answer["FailedEntryCount"], [d.number for d in made.waiting.pending])
        assert found == (1, [0, 1])

    @pytest.mark.parametrize("number", [0, 11])
    def test_number_of_entries(self, number: int) -> None:
        """One to ten entries are taken at once."""
        made, _ = bus()
        status, answer = put(made, *[ENTRY] * number)
        assert (status, answer["__type"], made.waiting.pending) == (400, "ValidationException", [])

    @pytest.mark.parametrize(("size", "status"), [(262_145, 200), (1024 * 1024, 400)])
    def test_size(self, size: int, status: int) -> None:
        """Entries of more than 1 MB are refused as a whole (256 KB until January 2026)."""
        made, _ = bus()
        detail = json.dumps({"x": "y" * size})
        assert put(made, ENTRY | {"Detail": detail})[0] == status

    def test_size_of_all(self) -> None:
        """The limit is for all entries together, in bytes."""
        made, _ = bus()
        detail = json.dumps({"x": "\u00e9" * 270_000}, ensure_ascii=False)
        assert put(made, *[ENTRY | {"Detail": detail}] * 2)[0] == 400


class TestRouting:
    @pytest.mark.parametrize(("pattern", "matches"), [
        ({"source": ["orders"]}, True), ({"source": ["others"]}, False),
        ({"detail-type": ["OrderCreated", "x"]}, True), ({"detail-type": ["OrderDeleted"]}, False),
        ({"source": [{"prefix": "ord"}]}, True), ({"detail": {"orderId": ["a"]}}, True),
        ({"detail": {"orderId": ["b"]}}, False), ({"detail": {"x": [{"exists": False}]}}, True),
        ({"source": [{"anything-but": "orders"}]}, False),
    ], ids=str)
    def test_patterns(self, pattern: dict[str, Any], matches: bool) -> None:
        """An entry goes where the pattern of a rule says."""
        made, _ = bus(rule(pattern, "projection"))
        put(made, ENTRY)
        assert bool(made.waiting.pending) is matches

    @pytest.mark.parametrize("name", ["mine", "arn:aws:events:us-east-1:1:event-bus/mine"])
    def test_named_bus(self, name: str) -> None:
        """A rule is of one bus, which an entry may name by its ARN."""
        made, _ = bus(rule({"source": ["orders"]}, "p", bus="mine"))
        put(made, ENTRY)
        put(made, ENTRY | {"EventBusName": name})
        assert [d.number for d in made.waiting.pending] == [1]

    def test_several_targets(self) -> None:
        """Each target of each matching rule gets a delivery."""
        made, published = bus(rule({"source": ["orders"]}, "p", "q"),
                              rule({"detail-type": ["OrderCreated"]}, "r"))
        put(made, ENTRY)
        assert ([d.target.function for d in made.waiting.pending], published[0][2]) == (
            ["p", "q", "r"], 3)

    def test_without_target(self) -> None:
        """An entry that no rule matches is published all the same."""
        made, published = bus(rule({"source": ["x"]}, "p"))
        put(made, ENTRY)
        assert ([p[2] for p in published], made.waiting.pending) == ([0], [])

    def test_event(self) -> None:
        """A function receives the event of the entry."""
        made, _ = bus()
        put(made, ENTRY)
        payload = made.waiting.pending[0].payload()
        assert (payload["source"], payload["detail-type"], payload["detail"]) == (
            "orders", "OrderCreated", {"orderId": "a"})

    def test_input_path(self) -> None:
        """A target's input path takes a part of it."""
        made, _ = bus(Rule("default", event_pattern('{"source": ["orders"]}'),
                           (Target("p", input_path="$.detail"),)))
        put(made, ENTRY)
        assert made.waiting.pending[0].payload() == {"orderId": "a"}

    def test_input_that_is_no_json(self) -> None:
        """A target whose input template gives no JSON for an event gets no delivery of it."""
        transformer = {"InputPathsMap": {"d": "$.detail"}, "InputTemplate": '{"text": "<d>"}'}
        made, published = bus(Rule("default", event_pattern('{"source": ["orders"]}'),
                                   (Target("p", input_transformer=transformer), Target("q"))))
        put(made, ENTRY)
        assert ([d.target.function for d in made.waiting.pending], published[0][2]) == (["q"], 1)


class TestReset:
    def test_everything_is_forgotten(self) -> None:
        """After a reset nothing is on its way, and numbers start again."""
        made, _ = bus()
        put(made, ENTRY)
        waiting = made.waiting
        waiting.held, waiting.lost, waiting.delivered = waiting.pending[:1], [], waiting.pending[:1]
        waiting.reset()
        made.publish(BusEntry(source="orders", detail_type="x", detail="{}", bus="default"))
        assert ([d.number for d in waiting.pending], waiting.held, waiting.delivered) == (
            [0], [], [])


class TestOtherBuses:
    def crossing(self, *buses: str) -> Rule:
        return Rule("default", event_pattern('{"source": ["orders"]}'), (), buses)

    def test_sent_on(self) -> None:
        """A rule of the other bus gets the event, if it fits, with the id that it has."""
        second = rule({"source": ["orders"]}, "projection", bus="second")
        other = rule({"source": ["stock"]}, "audit", bus="second")
        made, published = bus(self.crossing("second"), second, other)
        _, answer = put(made, ENTRY)
        delivered = [(d.target.function, d.event["id"]) for d in made.waiting.pending]
        assert delivered == [("projection", answer["Entries"][0]["EventId"])]
        assert len(published) == 1

    def test_no_third(self) -> None:
        """A third bus gets nothing."""
        onward = Rule("second", event_pattern('{"source": ["orders"]}'), (), ("third",))
        third = rule({"source": ["orders"]}, "projection", bus="third")
        made, _ = bus(self.crossing("second"), onward, third)
        put(made, ENTRY)
        assert made.waiting.pending == []


class TestReplays:
    AGAIN = BusEntry("orders", "OrderCreated", '{"orderId": "a"}', again=True)

    @pytest.mark.parametrize(("pattern", "archived", "named"), [
        ({"source": ["orders"]}, True, "conformance"),
        ({"source": ["orders"]}, False, None),
        ({"source": ["orders"], "replay-name": [{"exists": False}]}, True, None),
    ])
    def test_name(self, pattern: dict[str, Any], archived: bool, named: str | None) -> None:
        """An archive gives old events a name, unless a rule keeps replays out."""
        made, _ = bus(rule(pattern, "projection"))
        made.archived = frozenset({"default"} if archived else ())
        made.publish(self.AGAIN)
        assert [each.event.get("replay-name") for each in made.waiting.pending] == [named]

    def test_first(self) -> None:
        """An event that is published for the first time has none."""
        made, _ = bus()
        made.archived = frozenset({"default"})
        put(made, ENTRY)
        assert "replay-name" not in made.waiting.pending[0].event


def test_queue_of_a_pipe() -> None:
    """A queue from which a pipe takes messages gets the event as a rule's target does."""
    target = Target("", queue="Inbox", input_path="$.detail", group="g")
    made, _ = bus(Rule("default", event_pattern('{"source": ["orders"]}'), (), (), (target,)))
    sent: list[Any] = []
    made.sent = lambda *what: sent.append(what)
    put(made, ENTRY)
    assert sent == [("Inbox", '{"orderId": "a"}', "g")]
