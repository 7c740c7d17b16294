"""Valid commands, the rules for them, and the fold of an order's events."""

import datetime
import json
import re

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,12})?(Z|[+-]\d\d:\d\d)", re.ASCII)
MEMBERS = {
    "OrderCreated": ({"orderId", "customer", "createdAt"}, set()),
    "OrderUpdated": ({"orderId", "updatedAt"}, {"customer"}),
    "OrderDeleted": ({"orderId"}, set()),
}


class Invalid(Exception):
    """The body is no command; the text is for its sender."""


class Refused(Exception):
    """The rules refuse the command; the text is for its sender."""


def read(text):
    """Read a body; strict: a member that nobody knows is refused."""
    try:
        body = json.loads(text)
    except (ValueError, RecursionError, TypeError):
        raise Invalid("the body is no JSON") from None
    if not isinstance(body, dict):
        raise Invalid("the body is no object")
    kind = body.get("type")
    if not isinstance(kind, str) or kind not in MEMBERS:
        raise Invalid("the type is unknown")
    needed, possible = MEMBERS[kind]
    given = set(body) - {"type"}
    if not needed <= given <= needed | possible:
        raise Invalid("members are missing, or there are unknown ones")
    for name in given:
        if not valid(name, body[name]):
            raise Invalid(f"{name} is invalid")
    return body


def valid(name, value):
    """True if a member has a permitted value."""
    if not isinstance(value, str):
        return False
    if name == "orderId":
        return bool(ID.fullmatch(value))
    if name == "customer":
        return 1 <= len(value) <= 1000 and not any(
            c < " " or "\ud800" <= c <= "\udfff" for c in value)
    return is_time(value)


def is_time(value):
    """True if a text is an RFC 3339 date-time; leap seconds are refused."""
    if not TIME.fullmatch(value):
        return False
    plain = re.sub(r"\.\d+", "", value).replace("Z", "+00:00")
    try:
        datetime.datetime.fromisoformat(plain)
    except ValueError:
        return False
    return True


def fold(events):
    """The view after some events; None if there is nothing to show."""
    view = None
    for event in events:
        if event["type"] == "OrderDeleted":
            view = None
        elif event["type"] == "OrderCreated":
            view = {name: event[name] for name in ("orderId", "customer", "createdAt")}
        else:
            new = {name: event[name] for name in ("customer", "updatedAt") if name in event}
            view = {**view, **new}
    return view


def decide(view, command):
    """Raise Refused if the rules refuse the command."""
    if command["type"] == "OrderCreated":
        if view is not None:
            raise Refused("there is such an order")
    elif view is None:
        raise Refused("there is no such order")
