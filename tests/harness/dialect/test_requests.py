"""From canonical requests to the wire: what is written is read back, or it is not said at all."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.http import Request
from harness.core.json_values import same_json, to_json
from harness.core.scenario import Query, Send
from harness.core.version import Version
from harness.dialect import Dialect, Interpreter, default_dialect, read_dialect
from harness.dialect.bindings import Bindings
from harness.dialect.outgoing import Spoken, speak_command, speak_query
from harness.dialect.wire import HttpMessage, Payload, QueueMessage, Unsayable
from harness.dialect.words import OwnWords
from scenarios.domains.orders import CONTRACT
from scenarios.domains.versions import with_version

from .dialects import DOCUMENTS, INVOCATIONS, LIST, TYPED_ROUTES, dialect
from .wire_reader import understood

GRAPHQL = """
[commands.OrderCreated]
route = "POST /graphql"
text = "mutation { open(id: {id|json}, who: {customer|json}, at: {createdAt|json}) { ok } }"
[commands.OrderUpdated]
route = "POST /graphql"
text = "mutation { change(id: {id|json}, at: {updatedAt|json}, who: {customer|json}) { ok } }"
[commands.OrderDeleted]
route = "POST /graphql"
text = "mutation { end(id: {id|json}) { ok } }"
[query]
route = "POST /graphql"
text = "{ order(id: {id|json}) { customer } }"
"""

JSON_TYPE = ("Content-Type", "application/json")
PRINTABLE = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20)


@st.composite
def commands(draw: Any) -> dict[str, Any]:
    """Valid commands of the orders contract."""
    kind = draw(st.sampled_from(tuple(CONTRACT.types)))
    members = {name: draw(member.valid) for name, member in CONTRACT.types[kind].items()}
    return {"type": kind, "orderId": draw(CONTRACT.ids.valid).replace("~", "n00001"), **members}


def request(document: Any, key: str | None = None, header: str = "Idempotency-Key") -> Request:
    headers = (JSON_TYPE,) if key is None else (JSON_TYPE, (header, key))
    return Request("POST", "/orders", headers, to_json(document))


def spoken(spoken_in: Dialect, sent: Request, bindings: Bindings | None = None) -> Spoken:
    found = speak_command(spoken_in, CONTRACT, sent, bindings or Bindings(spoken_in.ids))
    assert isinstance(found, Spoken), found
    return found


class TestRoundTrip:
    @pytest.mark.parametrize("name", DOCUMENTS)
    @given(commands(), st.none() | PRINTABLE)
    def test_commands(self, name: str, command: dict[str, Any], key: str | None) -> None:
        """A request is read as the command that it was written from, and as no other."""
        own = dialect(DOCUMENTS[name])
        bindings = Bindings(own.ids)
        message = spoken(own, request(command, key), bindings).message
        wanted = {**command, **({} if key is None else {"key": key})}
        wanted["id"] = bindings.wire(wanted.pop("orderId"))
        found = understood(own, CONTRACT, message)
        assert any(all(same_json(wanted[n], v) or str(wanted[n]) == v for n, v in f.items()
                       if n not in ("kind",)) for f in found)
        assert len(found) == 1

    @given(st.none() | st.text(st.characters(exclude_categories=("Cs",))), st.none() | PRINTABLE)
    def test_default(self, body: str | None, key: str | None) -> None:
        """In the default dialect every request is on the wire what it is."""
        own = default_dialect(CONTRACT)
        headers = (JSON_TYPE,) if key is None else (JSON_TYPE, ("idempotency-KEY", key))
        sent = Request("POST", "/orders", headers, body)
        message = spoken(own, sent).message
        assert message == HttpMessage(sent)

    @given(CONTRACT.ids.valid)
    def test_queries(self, id: str) -> None:
        """In the default dialect a query is on the wire what it is."""
        found = speak_query(default_dialect(CONTRACT), CONTRACT, id, Bindings())
        assert isinstance(found, HttpMessage)
        assert found.request.method == "GET"
        assert found.request.headers == ()


class TestMessages:
    def test_route(self) -> None:
        """A command type's route has the id in its path, and members where the body says."""
        sent = request({"type": "OrderUpdated", "orderId": "a", "updatedAt": "t", "customer": "E"},
                       key="k")
        own = dialect(TYPED_ROUTES.replace('ids = "uuid"', ""))
        assert spoken(own, sent).message == HttpMessage(Request(
            "PATCH", "/v1/orders/a/changes",
            (JSON_TYPE, ("Authorization", "Bearer token"), ("X-Request-Id", "k")),
            '{"change": {"updatedAt": "t", "who": "E"}}'))

    def test_no_body(self) -> None:
        """A DELETE whose members are all in the path has no body."""
        own = dialect(TYPED_ROUTES.replace('ids = "uuid"', ""))
        message = spoken(own, request({"type": "OrderDeleted", "orderId": "a"})).message
        assert isinstance(message, HttpMessage)
        assert message.request.body is None

    def test_creation(self) -> None:
        """A creation leaves the id to the server."""
        found = spoken(dialect(TYPED_ROUTES), request(
            {"type": "OrderCreated", "orderId": "a", "customer": "E", "createdAt": "t"}))
        assert (found.creates, found.id) == (True, "a")

    def test_invocation(self) -> None:
        """A payload has constants, nested members and the rest of them as JSON text."""
        own = dialect(INVOCATIONS.replace('ids = "number"', ""))
        found = spoken(own, request({"type": "OrderUpdated", "orderId": "a", "updatedAt": "t"}))
        assert found.message == Payload(
            "UpdateFunction", '{"id": ["a"], "payload": "{\\"updatedAt\\": \\"t\\"}"}')

    def test_queue(self) -> None:
        """A queue's message has the repetition key, which makes it the same message."""
        own = dialect(INVOCATIONS.replace('ids = "number"', ""))
        found = spoken(own, request({"type": "OrderDeleted", "orderId": "a"}, key="k"))
        assert found.message == QueueMessage(
            "DeleteQueue", '{"type": "OrderDeleted", "id": "a", "key": "k"}', "k")

    def test_list(self) -> None:
        """A list of all is asked for with constants."""
        found = speak_query(dialect(LIST), CONTRACT, "a", Bindings())
        assert found == HttpMessage(Request("GET", "/orders?limit=100"), asks=True)

    @pytest.mark.parametrize(("members", "body"), [
        ({"customer": 'Al "Z"', "createdAt": "t"},
         r'mutation { open(id: "a", who: "Al \"Z\"", at: "t") { ok } }'),
        ({"customer": 5}, 'mutation { open(id: "a", who: 5, at: null) { ok } }'),
    ])
    def test_text(self, members: dict[str, Any], body: str) -> None:
        """A body that is no JSON is a text with places; one without a value is null in JSON."""
        own = dialect(GRAPHQL)
        message = spoken(own, request({"type": "OrderCreated", "orderId": "a", **members})).message
        assert isinstance(message, HttpMessage)
        assert message.request.body == body

    def test_text_of_a_query(self) -> None:
        """A query is a text as well."""
        found = speak_query(dialect(GRAPHQL), CONTRACT, "a", Bindings())
        assert isinstance(found, HttpMessage)
        assert found.request.body == '{ order(id: "a") { customer } }'

    def test_a_key_made_up(self) -> None:
        """A system that wants a key always gets one."""
        own = dialect(LIST.replace('"X-Key" = "$key"', '"X-Key" = "$key!"'))
        message = spoken(own, request({"type": "OrderDeleted", "orderId": "a"})).message
        assert isinstance(message, HttpMessage)
        assert ("X-Key", "conformance-1") in message.request.headers

    def test_keys_made_up_in_two_plays(self) -> None:
        """A key that is made up is none of another play, whose effects the stores still have."""
        own = dialect(LIST.replace('"X-Key" = "$key"', '"X-Key" = "$key!"'))
        sent = request({"type": "OrderDeleted", "orderId": "a"})
        said = [Interpreter(own, CONTRACT, play=play).command(sent) for play in ("n1", "n2")]
        first, second = (each.message for each in said if isinstance(each, Spoken))
        assert first != second


class TestVersion:
    @pytest.mark.parametrize(("named", "header"), [({"ifVersion": 3}, "3"), ({}, None)])
    def test_place(self, named: dict[str, Any], header: str | None) -> None:
        """The version that a command names takes its place in a header, and no other."""
        contract = with_version(CONTRACT, Version("ifVersion"))
        text = """
            [commands.OrderCreated]
            route = "POST /orders"
            [commands.OrderUpdated]
            route = "PUT /orders/{id}"
            headers = { If-Match = "$version" }
            [commands.OrderDeleted]
            route = "DELETE /orders/{id}"
            [query]
            route = "GET /orders/{id}"
        """
        sent = request({"type": "OrderUpdated", "orderId": "a", "updatedAt": "x", **named})
        own = read_dialect(tomllib.loads(text), contract, "a test's dialect")
        found = speak_command(own, contract, sent, Bindings())
        assert isinstance(found, Spoken)
        assert isinstance(found.message, HttpMessage)
        wire = found.message.request
        assert dict(wire.headers).get("If-Match") == header
        assert wire.body == '{"updatedAt": "x"}'


class TestUnsayable:
    @pytest.mark.parametrize(("body", "reason"), [
        ('{"type": "Other", "orderId": "a"}', "none is for the type 'Other'"),
        ("[]", "a body that is no object"),
        ('{"type": "OrderDeleted"}', "a place for id, which is not there"),
        ('{"type": "OrderDeleted", "orderId": ""}', "a place for id, which is not there"),
        ('{"type": "OrderDeleted", "orderId": 5}', "no place but a text's"),
        ('{"type": "OrderCreated", "customer": "A", "createdAt": "t"}', "the server makes the id"),
        ('{"type": "OrderDeleted", "orderId": "a\\ud800"}', "half a surrogate pair"),
    ])
    def test_reasons(self, body: str, reason: str) -> None:
        """A command that no client of the system could send is not sent, and the reason is told."""
        sent = Request("POST", "/orders", (JSON_TYPE,), body)
        found = speak_command(dialect(TYPED_ROUTES), CONTRACT, sent, Bindings())
        assert isinstance(found, Unsayable)
        assert reason in found.reason

    def test_no_place(self) -> None:
        """An unknown member is not dropped unseen: where there is no place for it, it is told."""
        sent = request({"type": "OrderDeleted", "orderId": "a", "extra": 1})
        found = speak_command(dialect(INVOCATIONS), CONTRACT, sent, Bindings())
        assert found == Unsayable("the command has no place for extra")

    def test_not_as_a_text(self) -> None:
        """An ill-typed member that would be a right one as a text is not said as one."""
        own = dialect(LIST.replace('"X-Key" = "$key"', '"X-Key" = "$key", "X-Who" = "$customer"'))
        sent = request({"type": "OrderCreated", "orderId": "a", "customer": 5, "createdAt": "t"})
        found = speak_command(own, CONTRACT, sent, Bindings())
        assert found == Unsayable("an ill-typed customer would be a right one as a text")

    def test_a_right_id(self) -> None:
        """Where ids are numbers, a number is no wrong id."""
        sent = request({"type": "OrderCreated", "orderId": 5, "customer": "A", "createdAt": "t"})
        found = speak_command(dialect(INVOCATIONS), CONTRACT, sent, Bindings())
        assert found == Unsayable("a number is a right id of this system")

    def test_hostile_query(self) -> None:
        """A list of all knows no hostile id."""
        assert isinstance(speak_query(dialect(LIST), CONTRACT, "../x", Bindings()), Unsayable)


class TestOwnWords:
    @pytest.mark.parametrize(("text", "step", "told"), [
        (TYPED_ROUTES, Send('{"type": "OrderDeleted", "orderId": "~a"}', key="k"),
         "DELETE /v1/orders/a (X-Request-Id: k)"),
        (INVOCATIONS, Query("~a"), '{"id": "a"} to the function QueryFunction'),
        (INVOCATIONS, Send('{"type": "OrderDeleted", "orderId": "~a"}'),
         '{"type": "OrderDeleted", "id": "a"} to the queue DeleteQueue'),
        (TYPED_ROUTES, Send("[]"), "nothing (every command type has a way of its own, and none is "
                                   "for a body that is no object)"),
    ])
    def test_steps(self, text: str, step: Send | Query, told: str) -> None:
        """A step is told as the user of the system knows it."""
        assert OwnWords(dialect(text), CONTRACT)(step) == told

    def test_a_key_made_up(self) -> None:
        """A key that each command gets anew is not told as one that they share."""
        own = dialect(LIST.replace('"X-Key" = "$key"', '"X-Key" = "$key!"'))
        told = OwnWords(own, CONTRACT)(Send('{"type": "OrderDeleted", "orderId": "~a"}'))
        assert "X-Key: a key of its own" in told
