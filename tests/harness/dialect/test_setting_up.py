"""Things that commands need are set up by messages that name the play's own ids."""

from __future__ import annotations

from typing import Any

import pytest

from harness.core.http import Request, Response
from harness.core.json_values import parse_json
from harness.dialect import DialectError, Interpreter
from harness.dialect.outgoing import Spoken
from harness.dialect.setting_up import SetupRefused
from harness.dialect.wire import HttpMessage, Payload, TableItem, WireMessage
from scenarios.domains.orders import CONTRACT

from .dialects import LIST, dialect

SETUPS = """
[setup.user]
route = "POST /users"
body = { name = "Ann", nick = "$id" }
id = "user.id"
[setup.shop]
table = "Shops"
item = { pk = "SHOP#{id}", owner = "$setup.user", stock = [1] }
[setup.stock]
invoke = "StockFunction"
body = { shop = "{setup.shop}", owner = "$setup.user.user.name" }
headers = { Authorization = "Bearer {setup.user.token}" }
id = "made"
"""
MADE = (Response(201, (), '{"user": {"id": 7, "name": "Ann"}, "token": "t"}'), Response(200),
        Response(200, (), '{"statusCode": 201, "body": "{\\"made\\": \\"s\\"}"}'))
COMMAND = '''
[commands.OrderCreated]
route = "POST /users/{setup.user}/orders"
headers = { Authorization = "Bearer {setup.user.token}" }
claims = { sub = "$setup.user" }
body = { "$" = 1, id = "$id", stock = "$customer|setup" }
'''


def told(text: str, *responses: Response, play: str = "p1") -> tuple[Interpreter, list[Any]]:
    """A conversation in which everything was set up, and the messages that did it."""
    interpreter, sent = Interpreter(dialect(text), CONTRACT, play=play), []
    left = list(responses)

    def transmit(message: WireMessage) -> Response:
        sent.append(message)
        return left.pop(0)

    for _ in interpreter.set_up(transmit):
        pass
    return interpreter, sent


def body_of(message: Any) -> Any:
    """The JSON in a message."""
    text = message.request.body if isinstance(message, HttpMessage) else message.text
    return parse_json(text)


class TestMessages:
    def test_in_turn(self) -> None:
        """Each is asked for in its way, and may name what was set up before it."""
        _, (user, shop, stock) = told(SETUPS + LIST, *MADE)
        assert isinstance(shop, TableItem)
        assert isinstance(stock, Payload)
        item = body_of(shop)
        own = item["pk"]["S"].removeprefix("SHOP#")
        assert (user.request.path, item["owner"], body_of(stock)) == (
            "/users", {"N": "7"}, {"shop": own, "owner": "Ann"})

    def test_ids_of_a_play(self) -> None:
        """An id that the client gives is the same in one play, and another in the next."""
        sent = [body_of(told(SETUPS + LIST, *MADE, play=play)[1][0])["nick"]
                for play in ("p1", "p1", "p2")]
        assert (sent[0] == sent[1], sent[0] == sent[2]) == (True, False)


class TestCommands:
    def test_named(self) -> None:
        """Commands name what was set up in paths, headers, claims and bodies."""
        text = LIST.replace("[commands.", COMMAND + "[commands.", 1)
        interpreter, _ = told(SETUPS + text, *MADE)
        spoken = interpreter.command(Request("POST", "/orders", (), (
            '{"type": "OrderCreated", "orderId": "a", "customer": "stock", "createdAt": "now"}')))
        assert isinstance(spoken, Spoken)
        message = spoken.message
        assert isinstance(message, HttpMessage)
        assert (message.request.path, message.request.headers[-1][1], message.claims,
                body_of(message)["stock"]) == (
            "/users/7/orders", "Bearer t", {"sub": 7}, "s")

    def test_read_back(self) -> None:
        """A view and a stored event show the names of what was set up."""
        text = LIST.replace('"customer|base64"', '"customer|setup"')
        interpreter, _ = told(SETUPS + text, *MADE)
        shown = interpreter.query_reply(
            Request("GET", "/orders/a"), Response(200, (), '{"orders": [{"id": "a", '
                                                           '"customer": "s"}]}'))
        assert shown.json()["customer"] == "stock"


class TestRefused:
    @pytest.mark.parametrize(("response", "reason"), [
        (Response(409, (), "no"), "it was refused: 409 no"),
        (Response(0), "it was refused: no answer"),
        (Response(201, (), "{}"), "its reply has no id where id says: 201 {}"),
    ])
    def test_told(self, response: Response, reason: str) -> None:
        """A set-up that fails ends the play with the reply."""
        with pytest.raises(SetupRefused, match=f"setup.user in the dialect: {reason}"):
            told(SETUPS + LIST, response)


class TestErrors:
    @pytest.mark.parametrize(("old", "new", "reason"), [
        ("{setup.shop}", "{setup.shopp}", r"setup.stock in .*\[setup\] .*did you mean shop"),
        ('"$setup.user"', '"$setup.stock"', r"setup.shop in .*\[setup\] \(user\)"),
        ('"$id" }', '"$customer" }', "setup.user in .*references to id, key and setups"),
        ('table = "Shops"\n', "", "setup.shop in"),
    ])
    def test_messages(self, old: str, new: str, reason: str) -> None:
        """A reference to what is not set up before is a mistake in the dialect."""
        with pytest.raises(DialectError, match=reason):
            dialect(SETUPS.replace(old, new) + LIST)
