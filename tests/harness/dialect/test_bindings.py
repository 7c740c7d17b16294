"""Ids that the server makes: what may be said on an id before, while and after it is made."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from harness.core.http import Request, Response
from harness.dialect import Interpreter
from harness.dialect.bindings import Bindings
from harness.dialect.outgoing import Spoken
from harness.dialect.wire import HttpMessage, Unsayable
from scenarios.domains.orders import CONTRACT
from tests.harness.dialect.dialects import dialect

MADE = """
server_ids = "id"
[commands.OrderCreated]
route = "POST /orders"
[commands.OrderUpdated]
route = "PUT /orders/{id}"
[commands.OrderDeleted]
route = "DELETE /orders/{id}"
[query]
route = "GET /orders/{id}"
"""
CREATE = {"type": "OrderCreated", "orderId": "a", "customer": "A",
          "createdAt": "2026-01-02T03:04:05Z"}
DELETE = {"type": "OrderDeleted", "orderId": "a"}


@pytest.fixture
def interpreter() -> Interpreter:
    return Interpreter(dialect(MADE), CONTRACT)


def say(interpreter: Interpreter, document: dict[str, Any]) -> Spoken | Unsayable:
    return interpreter.command(Request("POST", "/orders", (), json.dumps(document)))


def hear(interpreter: Interpreter, document: dict[str, Any], status: int) -> None:
    """Say a command and hear its reply."""
    spoken = say(interpreter, document)
    assert isinstance(spoken, Spoken)
    interpreter.command_reply(spoken, Response(status, (), '{"id": "7"}'))


@pytest.mark.parametrize(("status", "said"), [(404, True), (200, False), (503, False)])
def test_created_after_another_command(
    interpreter: Interpreter, status: int, said: bool
) -> None:
    """An id is made only if what was sent before met nothing."""
    hear(interpreter, DELETE, status)
    assert isinstance(say(interpreter, CREATE), Spoken) is said


def test_at_the_same_time(interpreter: Interpreter) -> None:
    """An id that is being made is known to no client."""
    say(interpreter, CREATE)
    assert isinstance(say(interpreter, DELETE), Unsayable)


def test_another_command_first(interpreter: Interpreter) -> None:
    """An id is not made while another command on it is under way."""
    say(interpreter, DELETE)
    assert isinstance(say(interpreter, CREATE), Unsayable)


def test_known(interpreter: Interpreter) -> None:
    """After the reply every command is sayable."""
    hear(interpreter, CREATE, 201)
    hear(interpreter, DELETE, 200)
    assert isinstance(say(interpreter, DELETE), Spoken)


@pytest.mark.parametrize(("form", "expected"), [
    (None, "a"), ("text", "a"), ("ORD-{text}", "ORD-a"), ("{uuid}!", r"[0-9a-f-]{36}!"),
    ("number", r"\d+"), ("A{number}", r"A\d+"),
])
def test_forms_of_ids(form: str | None, expected: str) -> None:
    """An id that a client chooses has the form of the system's ids, and is found again by it."""
    bindings = Bindings(form)
    made = bindings.wire("a")
    assert re.fullmatch(expected, str(made))
    assert bindings.canonical(made) == "a"


@pytest.mark.parametrize(("form", "expected"), [
    ('keys = "{text}-of-a-client"', "k-of-a-client"), ('keys = "uuid"', r"[0-9a-f-]{36}"),
    ("", "k"),
])
def test_forms_of_keys(form: str, expected: str) -> None:
    """A repetition key has the form that the system asks for, and is the same in a repetition."""
    own = Interpreter(dialect(f'{form}\nheaders = {{ X-Key = "$key" }}\n{MADE}'), CONTRACT)
    request = Request("POST", "/orders", (("Idempotency-Key", "k"),), json.dumps(CREATE))
    sent = {_key_of(own.command(request)) for _ in range(2)}
    assert [re.fullmatch(expected, key) is not None for key in sent] == [True]


def test_keys_that_create() -> None:
    """Where the server makes ids, a key makes one of them in each play."""
    own = dialect(f'headers = {{ X-Key = "$key" }}\n{MADE}')
    first, second = (Interpreter(own, CONTRACT, play=play) for play in ("n1", "n2"))
    header = (("Idempotency-Key", "k"),)
    requests = [Request("POST", "/orders", header, json.dumps({**CREATE, "orderId": id}))
                for id in ("a", "b")]
    assert _key_of(first.command(requests[0])) != _key_of(second.command(requests[0]))
    assert isinstance(first.command(requests[1]), Unsayable)
    assert isinstance(first.command(requests[0]), Spoken)


def _key_of(spoken: Spoken | Unsayable) -> str:
    assert isinstance(spoken, Spoken)
    assert isinstance(spoken.message, HttpMessage)
    return dict(spoken.message.request.headers)["X-Key"]


@pytest.mark.parametrize(("status", "body"), [(204, ""), (200, "OK"), (201, "[]")])
def test_acceptance(interpreter: Interpreter, status: int, body: str) -> None:
    """A system with a dialect may acknowledge with any body, or with none."""
    hear(interpreter, CREATE, 201)
    spoken = say(interpreter, DELETE)
    assert isinstance(spoken, Spoken)
    heard = interpreter.command_reply(spoken, Response(status, (), body))
    assert (200 <= heard.status < 300, heard.json()) == (True, {})
