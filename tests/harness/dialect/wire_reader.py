"""Reading the wire's requests back: what a system that speaks a dialect understands.

The opposite of ``harness.dialect.outgoing``, for tests only: the harness never reads requests.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, unquote

from harness.core.contract import Contract
from harness.core.json_values import parse_json
from harness.dialect.expressions import MISSING, REST, Branch, Constant, Items, Node, Reference
from harness.dialect.model import Dialect, Invocation, Message, Queue, Route
from harness.dialect.wire import HttpMessage, Payload, QueueMessage, WireMessage

Values = dict[str, Any]


def understood(dialect: Dialect, contract: Contract, message: WireMessage) -> list[Values]:
    """The commands that a message may be: members by name, with id, type and key."""
    found = []
    for kind, form in dialect.commands.items():
        values: Values = {"type": kind}
        if _reads(form.message, message, values):
            rest = values.pop(REST, {})
            found.append({**rest, **values})
    return found


def _reads(form: Message, message: WireMessage, values: Values) -> bool:
    address = form.address
    if isinstance(message, HttpMessage):
        return isinstance(address, Route) and _reads_request(form, address, message, values)
    if isinstance(message, Payload):
        named = isinstance(address, Invocation) and address.function == message.function
        return named and _reads_body(form, message.text, values)
    assert isinstance(message, QueueMessage)
    named = isinstance(address, Queue) and address.queue == message.queue
    return named and _reads_body(form, message.text, values)


def _reads_request(form: Message, route: Route, message: HttpMessage, values: Values) -> bool:
    request = message.request
    path, _, query = request.path.partition("?")
    parts = route.path.match(path)
    if parts is None or request.method != route.method or "/" in "".join(parts.values()):
        return False
    for name, text in parts.items():
        conversion = route.conversions.get(name)
        plain = unquote(text)
        values[name] = plain if conversion is None else conversion.to_canonical(plain)
    given = dict(parse_qsl(query, keep_blank_values=True))
    headers = {name.lower(): value for name, value in request.headers}
    named = [(node, given.get(name, MISSING)) for name, node in form.query.items()]
    named += [(node, headers.get(name.lower(), MISSING)) for name, node in form.headers.items()]
    return (all(_read(node, value, values, text=True) for node, value in named)
            and _reads_body(form, request.body, values))


def _reads_body(form: Message, text: str | None, values: Values) -> bool:
    if form.body is None or text is None:
        return (form.body is None) == (text is None) or form.body == Branch((), rest=True)
    return _read(form.body, parse_json(text), values)


def _read(node: Node, value: Any, values: Values, *, text: bool = False) -> bool:
    match node:
        case Constant(constant):
            return value == (str(constant) if text else constant)
        case Reference(name, conversion):
            if value is not MISSING:
                values[name] = value if conversion is None else conversion.to_canonical(value)
            return True
        case Items(items):
            return all(_read(n, v, values) for n, v in zip(items, value, strict=True))
        case Branch(members, rest):
            if not isinstance(value, dict):
                return False
            own = dict(members)
            if rest:
                values[REST] = {n: v for n, v in value.items() if n not in own}
            elif value.keys() - own.keys():
                return False
            return all(_read(n, value.get(name, MISSING), values) for name, n in members)
