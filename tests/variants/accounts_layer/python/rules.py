"""Valid commands and the rules for them; money is counted in cents."""

import datetime
import json
import re
from decimal import Decimal

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,12})?(Z|[+-]\d\d:\d\d)", re.ASCII)
MONEY = {"entryId", "amount"}
MEMBERS = {"AccountOpened": {"owner", "openedAt"}, "MoneyDeposited": MONEY,
           "MoneyWithdrawn": MONEY, "AccountClosed": set()}


class Invalid(Exception):
    pass


class Refused(Exception):
    pass


def no(constant):
    raise ValueError(constant)


def read(text):
    try:
        given = json.loads(text, parse_float=Decimal, parse_constant=no)
    except (ValueError, ArithmeticError, RecursionError):
        raise Invalid("body") from None
    if not isinstance(given, dict):
        raise Invalid("body")
    kind = given.get("type")
    if not isinstance(kind, str) or kind not in MEMBERS:
        raise Invalid("type")
    command = {"type": kind}
    for name in ("accountId", *sorted(MEMBERS[kind])):
        if name not in given or not VALID[name](given[name]):
            raise Invalid(name)
        command[name] = given[name]
    return command


def is_id(value):
    return isinstance(value, str) and bool(ID.fullmatch(value))


def is_text(value):
    return isinstance(value, str) and 1 <= len(value) <= 1000 and not any(
        c < " " or "\ud800" <= c <= "\udfff" for c in value)


def is_time(value):
    if not isinstance(value, str) or not TIME.fullmatch(value):
        return False
    try:
        datetime.datetime.fromisoformat(re.sub(r"\.\d+", "", value).replace("Z", "+00:00"))
    except ValueError:
        return False
    return True


def is_amount(value):
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return False
    return Decimal("0.01") <= value <= 1_000_000 and value * 100 == int(value * 100)


VALID = {"accountId": is_id, "entryId": is_id, "owner": is_text, "openedAt": is_time,
         "amount": is_amount}


def cents(event):
    if event["type"] == "AccountOpened" or event["type"] == "AccountClosed":
        return 0
    amount = int(Decimal(event["amount"]) * 100)
    return amount if event["type"] == "MoneyDeposited" else -amount


def decide(history, command):
    last = history[-1]["type"] if history else None
    if command["type"] == "AccountOpened":
        if history:
            raise Refused("opened before")
        return
    if last in (None, "AccountClosed"):
        raise Refused("not open")
    after = sum(map(cents, history)) + cents(command)
    if after < 0 or (command["type"] == "AccountClosed" and after):
        raise Refused("balance")


def text(document):
    """JSON with exact numbers."""
    return json.dumps(document, default=lambda n: int(n) if n == int(n) else float(n))


def fold(history):
    """The account's view, with exact numbers; None if there is none."""
    if not history or history[-1]["type"] == "AccountClosed":
        return None
    first = history[0]
    moved = [e for e in history if e["type"].startswith("Money")]
    entries = [{"entryId": e["entryId"], "amount": Decimal(cents(e)) / 100} for e in moved]
    return {"accountId": first["accountId"], "owner": first["owner"],
            "openedAt": first["openedAt"], "entries": entries,
            "balance": Decimal(sum(map(cents, moved))) / 100}


def loads(data):
    return json.loads(data, parse_float=Decimal)
