"""Commands on lockers: another function invokes this one, which stores what happens."""

import os
import re
import uuid
from importlib import import_module

STORE = import_module(os.environ.get("STORE", "table_store"))
LOCKER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
MEMBERS = {"INSTALLED": ("size", 20), "FILLED": ("parcel", 50), "EMPTIED": None, "REMOVED": None}
ATTEMPTS = 4


def handler(payload, context):
    """Store the event of one command, unless the rules are against it."""
    kind, locker, request = (payload.get(name) for name in ("action", "locker", "requestId"))
    member = MEMBERS.get(kind)
    if not isinstance(locker, str) or not LOCKER.fullmatch(locker):
        return invalid("locker")
    if member is not None and not is_text(payload.get(member[0]), member[1]):
        return invalid(member[0])
    data = {} if member is None else {member[0]: payload[member[0]]}
    for _ in range(ATTEMPTS):
        events = STORE.load(locker)
        known = [e for e in events if request is not None and e.get("request") == request]
        if known:
            same = (known[0]["kind"], known[0]["data"]) == (kind, data)
            return done() if same else rejected("the request was another one")
        reason = refusal(fold(events), kind)
        if reason:
            return rejected(reason)
        event = {"locker": locker, "seq": len(events) + 1, "kind": kind, "data": data,
                 "token": str(uuid.uuid4())}
        if request is not None:
            event["request"] = request
        if STORE.stored(event):
            return done()
    return rejected("others are changing the locker")


def is_text(value, most):
    """Tell if a value is a text of printable characters that is not too long."""
    plain = isinstance(value, str) and 1 <= len(value) <= most
    return plain and not any(c < " " or "\ud800" <= c <= "\udfff" for c in value)


def refusal(locker, kind):
    """Why the rules are against it; empty if they are not."""
    if kind == "INSTALLED":
        return "" if locker is None else "the locker is there"
    if locker is None or locker["removed"]:
        return "there is no such locker"
    if kind == "EMPTIED" and locker["parcel"] is None:
        return "the locker is empty"
    return ""


def fold(events):
    """A locker after some events; None before the first."""
    locker = None
    for event in events:
        if event["kind"] == "INSTALLED":
            locker = {"parcel": None, "removed": False}
        elif event["kind"] == "REMOVED":
            locker["removed"] = True
        else:
            locker["parcel"] = event["data"].get("parcel")
    return locker


def done():
    """The command took effect."""
    return {"outcome": "DONE"}


def rejected(reason):
    """The rules are against the command."""
    return {"outcome": "REJECTED", "reason": reason}


def invalid(name):
    """A member is missing or wrong."""
    return {"outcome": "INVALID", "reason": f"{name} is missing or wrong"}
