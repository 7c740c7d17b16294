"""Replies to commands: what is blamed, and what is fine."""

import json

import pytest

from harness.core.history import Called, Invoked, Record, Reply, Role, Waited
from harness.core.violation import Kind
from tests.harness.histories import CREATED, JSON, UPDATED, Story, event, named

OTHER = CREATED | {"customer": "Bob"}
BAD = CREATED | {"customer": 5}
LEAP = CREATED | {"createdAt": "2026-12-31T23:59:60Z"}
ANSWERED = Invoked(Role.COMMAND, "command", 2, False, None, "", 0.0)
TRACE = 'Traceback (most recent call last):\n  File "/var/task/x.py", line 3, in handler'


def reply_kinds(story: Story) -> set[Kind]:
    """The violations of replies; the stories below store nothing."""
    about_the_store = {Kind.EVENT_MISSING, Kind.EVENT_EXTRA, Kind.VERSIONS}
    return story.kinds - about_the_store


class TestValid:
    @pytest.mark.parametrize("status", [200, 201, 202])
    def test_acknowledged(self, status: int) -> None:
        """Any of the three statuses with an object is fine."""
        assert reply_kinds(Story().send(CREATED, status, text='{"eventId": "e"}')) == set()

    @pytest.mark.parametrize("status", [204, 205])
    def test_without_body(self, status: int) -> None:
        """A status whose replies have no body acknowledges nothing that a client can read."""
        story = Story().send(CREATED, status, text='{"eventId": "e"}')
        assert reply_kinds(story) == {Kind.NOT_AN_OBJECT}

    @pytest.mark.parametrize("text", ["", "null", "[]", '"ok"', "OK", "{"])
    def test_no_object(self, text: str) -> None:
        """An acknowledgement that is no JSON object is blamed."""
        assert reply_kinds(Story().send(CREATED, text=text)) == {Kind.NOT_AN_OBJECT}

    def test_refused(self) -> None:
        """A valid command that is refused is blamed."""
        assert reply_kinds(Story().send(CREATED, 400)) == {Kind.VALID_REFUSED}

    def test_failed(self) -> None:
        """A valid command that gets a server error is blamed."""
        assert reply_kinds(Story().send(CREATED, 500)) == {Kind.VALID_FAILED}

    def test_throttled(self) -> None:
        """429 is fine: the client may send the command again."""
        assert reply_kinds(Story().send(CREATED, 429)) == set()

    def test_turned_away(self) -> None:
        """429 of the command function itself is blamed where nothing else was going on."""
        story = Story().add(ANSWERED).send(CREATED, 429)
        assert Kind.TURNED_AWAY in reply_kinds(story)

    @pytest.mark.parametrize("cause", [
        Called(Role.COMMAND, "c", 1, "s3", "PutObject", "b", "k", 0, "crash before the call"),
        Invoked(Role.COMMAND, "c", 1, False, "Task timed out", "", 0.0),
    ], ids=["a fault", "a time-out"])
    def test_turned_away_for_a_lease(self, cause: Record) -> None:
        """After a fault a lease may be held, until it has run out."""
        held = Story().add(cause).add(ANSWERED).send(CREATED, 429)
        run_out = Story().add(cause).add(Waited(0)).add(ANSWERED).send(CREATED, 429)

        assert Kind.TURNED_AWAY not in reply_kinds(held)
        assert Kind.TURNED_AWAY in reply_kinds(run_out)

    @pytest.mark.parametrize("status", [200, 400, 409, 422])
    def test_debatable(self, status: int) -> None:
        """Input that readers of a standard judge differently may be accepted or refused."""
        assert reply_kinds(Story().send(LEAP, status)) == set()

    @pytest.mark.parametrize("status", [200, 400, 413])
    def test_oversized(self, status: int) -> None:
        """A command that is too big may be accepted or refused."""
        body = json.dumps(CREATED) + " " * 70_000
        assert reply_kinds(Story().send(body, status)) == set()

    def test_queued(self) -> None:
        """A queue's answer need not be an object, and says nothing of the command."""
        story = Story().send(BAD, 200, text="", reply=Reply.QUEUED)
        assert reply_kinds(story.send(UPDATED, 200, text="", reply=Reply.QUEUED)) == set()


class TestRefused:
    @pytest.mark.parametrize("status", [400, 403, 404, 409, 410, 412, 422, 429])
    def test_by_the_rules(self, status: int) -> None:
        """Any 4xx refuses what the rules refuse."""
        assert reply_kinds(Story().send(UPDATED, status)) == set()

    def test_accepted(self) -> None:
        """A 2xx for a command that the rules refuse is a violation."""
        assert reply_kinds(Story().send(UPDATED)) == {Kind.REFUSAL_ACCEPTED}

    def test_failed(self) -> None:
        """A 5xx for a command that the rules refuse is a violation."""
        assert reply_kinds(Story().send(UPDATED, 500)) == {Kind.REFUSAL_FAILED}


class TestInvalid:
    @pytest.mark.parametrize("status", [400, 404, 409, 413, 415, 422])
    def test_members(self, status: int) -> None:
        """Any 4xx refuses a bad member."""
        assert reply_kinds(Story().send(BAD, status)) == set()

    @pytest.mark.parametrize("status", [400, 413, 422, 429])
    def test_body(self, status: int) -> None:
        """400, 413 and 422 refuse a bad body."""
        assert reply_kinds(Story().send("null", status)) == set()

    @pytest.mark.parametrize("status", [302, 403, 404, 409])
    def test_body_refused_oddly(self, status: int) -> None:
        """Another refusal of a bad body is blamed: the contract says 400."""
        reply = Reply.REFUSED
        assert reply_kinds(Story().send("null", status, reply=reply)) == {Kind.INVALID_STATUS}

    @pytest.mark.parametrize(("body", "flaw"), [
        (None, "body"), ("[]", "body"), ('{"type": "x"}', "type"), (json.dumps(BAD), "member"),
        (json.dumps(CREATED | {"orderId": "../a"}), "id"),
    ])
    def test_accepted(self, body: str | None, flaw: str) -> None:
        """A 2xx for invalid input is a violation that names the class of input."""
        found = Story().send(body).violations[0]
        assert (found.kind, found.flaw) == (Kind.INVALID_ACCEPTED, flaw)

    def test_wrong_members(self) -> None:
        """The members that are wrong are named: the mistake may be the contract's."""
        wrong = {key: value for key, value in BAD.items() if key != "createdAt"}
        assert Story().send(json.dumps(wrong)).violations[0].expected == (
            "4xx, since the contract takes no such customer and createdAt")

    def test_failed(self) -> None:
        """A 5xx for invalid input is a violation."""
        assert reply_kinds(Story().send("{", 502)) == {Kind.INVALID_FAILED}


class TestKeys:
    def test_repeat(self) -> None:
        """A repeated command that is acknowledged again is fine, with any 2xx."""
        assert reply_kinds(Story().send(CREATED, 201, key="k").send(CREATED, key="k")) == set()

    def test_repeat_refused(self) -> None:
        """A repeated command that is refused is blamed."""
        story = Story().send(CREATED, key="k").send(CREATED, 409, key="k")
        assert reply_kinds(story) == {Kind.REPEAT_REFUSED}

    def test_repeat_failed(self) -> None:
        """A repeated command that gets a server error is blamed."""
        story = Story().send(CREATED, key="k").send(CREATED, 500, key="k")
        assert reply_kinds(story) == {Kind.REPEAT_FAILED}

    def test_reuse(self) -> None:
        """A reused key that is refused is fine."""
        assert reply_kinds(Story().send(CREATED, key="k").send(OTHER, 422, key="k")) == set()

    def test_reuse_accepted(self) -> None:
        """A reused key that is accepted is blamed."""
        story = Story().send(CREATED, key="k").send(UPDATED, key="k")
        assert reply_kinds(story) == {Kind.REUSE_ACCEPTED}

    def test_reuse_failed(self) -> None:
        """A reused key that gets a server error is blamed."""
        story = Story().send(CREATED, key="k").send(UPDATED, 500, key="k")
        assert reply_kinds(story) == {Kind.REUSE_FAILED}


class TestDisclosure:
    @pytest.mark.parametrize("text", [
        TRACE, "open /var/task/app.py failed", "arn:aws:s3:::bucket", "arn:aws-cn:lambda:x",
        "botocore.exceptions", "An error occurred (AccessDenied) when calling PutObject",
        "The conditional request failed", "The specified key does not exist.",
        "Requested resource not found: Table: t", "ConditionalCheckFailedException", "NoSuchKey",
        "https://events-bucket.s3.us-east-1.amazonaws.com/a", "dynamodb.us-east-1.amazonaws.com",
        "Expecting value: line 1 column 1 (char 0)", "Extra data: line 1", "KeyError: 'orderId'",
        "Unexpected token } in JSON at position 3", "at handler (/app/index.js:3:5)",
        "'NoneType' object has no attribute 'get'", "'int' object is not subscriptable",
        "Cannot read properties of undefined (reading 'x')", "java.lang.NullPointerException",
        "[<class 'decimal.ConversionSyntax'>]", "ValueError('month must be in 1..12')",
        "unconverted data remains: Z", "string indices must be integers, not 'str'",
        "'<' not supported between instances of 'str' and 'int'", "argument of type 'int' is",
        "time data 'x' does not match format '%Y'", "null object is not iterable",
        "goroutine 1 [running]", "panic: runtime error", "UnicodeDecodeError", "index.mjs:12",
    ])
    def test_internal_detail(self, text: str) -> None:
        """Internal detail in a reply is blamed."""
        story = Story().send(CREATED, 400, text=json.dumps({"message": text}))
        assert Kind.DISCLOSURE in story.kinds

    @pytest.mark.parametrize("text", [
        "not found", "the order exists", "orderId: expected 1 to 128 of A-Z a-z 0-9 . _ -",
        "createdAt: expected an RFC 3339 date-time", "IdempotencyKeyError", "MissingKeyError",
        "ClientError", "ResourceNotFoundException", "Internal Server Error", "invalid JSON",
        "https://x1.execute-api.us-east-1.amazonaws.com/live/orders/a", "see /docs/errors/409",
        "InvalidOperation", "ValueError", "a decimal. It has two places", "two decimals at most",
        "unexpected end of the request", "key error", "value expected", "line 3 is empty",
        "Requested resource not found", "An error occurred (it has been noted).",
        "createdAt does not match format date-time", "the object is not acceptable",
        "Missing Authentication Token", "at most 64 kB (65536 bytes)", "12:30:05",
    ])
    def test_harmless(self, text: str) -> None:
        """A plain sentence, an error code of one's own or the API's own address is fine."""
        story = Story().send(CREATED, 400, text=json.dumps({"message": text}))
        assert Kind.DISCLOSURE not in story.kinds

    def test_header(self) -> None:
        """A header may not disclose anything either."""
        headers = (*JSON, ("x-error", "botocore.exceptions"))
        assert Kind.DISCLOSURE in Story().query(None, headers=headers).kinds

    def test_echo(self) -> None:
        """Text that the client itself wrote is no disclosure."""
        story = Story().send("Traceback (most recent call last)", 400,
                             text='{"message": "no JSON: Traceback (most recent call last)"}')
        assert Kind.DISCLOSURE not in story.kinds

    def test_resource_name(self) -> None:
        """The name of a bucket or a table is blamed."""
        story = Story(named("orders-events-4f2a")).send(CREATED, 400, text="orders-events-4f2a")
        assert Kind.DISCLOSURE in story.kinds

    def test_ordinary_name(self) -> None:
        """A name that may be an ordinary word is not."""
        assert Kind.DISCLOSURE not in Story(named("orders", "accounts")).send(
            CREATED, 400, text="orders accounts").kinds


class TestEvidence:
    def test_reply(self) -> None:
        """The evidence shows what was expected beside status and body."""
        found = Story().accept(CREATED, 1).send(CREATED, 500, text='{"message": "oops"}').violations
        assert [(v.expected, v.observed, v.step) for v in found] == [
            ("4xx", '500 {"message": "oops"}', 3)]

    def test_stored_as_it_should_be(self) -> None:
        """A story in which all is well has no violation at all."""
        assert Story().send(CREATED).store(event(CREATED, 1)).violations == []
