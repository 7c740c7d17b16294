"""Commands on parcels: one route each, one function for all."""

import base64
import json
import re

import store

PARCEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
REQUEST = re.compile(r"[ -~]{1,64}")
ATTEMPTS = 4


class InvalidError(Exception):
    """A member is missing or wrong."""


def handler(event, context):
    """Every route but the query's."""
    kind = {"PUT /parcels/{parcel}": "registered", "POST /parcels/{parcel}/scans": "scanned",
            "POST /parcels/{parcel}/delivery": "delivered"}[event["routeKey"]]
    parcel = (event.get("pathParameters") or {}).get("parcel", "")
    try:
        if not PARCEL.fullmatch(parcel):
            raise InvalidError("parcel")
        data = READERS[kind](body(event))
        name = request_name(event)
    except InvalidError as error:
        return reply(400, {"error": f"{error} is missing or wrong"})
    return change(parcel, kind, data, name)


def change(parcel, kind, data, name):
    """Store what happens to a parcel, unless the rules are against it."""
    for _ in range(ATTEMPTS):
        known = None if name is None else store.request(parcel, name)
        if known is not None:
            same = known == json.dumps([kind, data])
            return reply(200, {}) if same else reply(422, {"error": "another request"})
        state, version = store.load(parcel)
        if (state is None) != (kind == "registered"):
            return reply(409, {"error": "there is one" if state else "there is none"})
        if state is not None and state["delivered"]:
            return reply(409, {"error": "it was delivered"})
        try:
            store.append(parcel, version + 1, kind, data, name)
        except store.ConflictError:
            continue
        store.keep(parcel, store.evolve(state, kind, data), version + 1)
        return reply(200, {})
    return reply(429, {"error": "others are changing it, try again"})


def request_name(event):
    """The name of the request, by which its repetition is known; None without one."""
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    name = headers.get("x-request-id")
    if name is not None and not REQUEST.fullmatch(name):
        raise InvalidError("X-Request-Id")
    return name


def body(event):
    """The request's body as an object; empty without one."""
    content = event.get("body") or "{}"
    try:
        if event.get("isBase64Encoded"):
            content = base64.b64decode(content).decode()
        found = json.loads(content)
    except ValueError:
        raise InvalidError("the body") from None
    if not isinstance(found, dict):
        raise InvalidError("the body")
    return found


def text(document, name, longest):
    """A member that is a text of at most so many characters, without controls."""
    value = document.get(name)
    fits = isinstance(value, str) and 1 <= len(value) <= longest
    if not fits or any(c < " " or "\ud800" <= c <= "\udfff" for c in value):
        raise InvalidError(name)
    return value


def whole(document, name, most):
    """A member that is a whole number from 1 on."""
    value = document.get(name)
    if type(value) is not int or not 1 <= value <= most:
        raise InvalidError(name)
    return value


READERS = {
    "registered": lambda document: {"to": text(document, "to", 100)},
    "scanned": lambda document: {"at": text(document, "at", 60),
                                 "grams": whole(document, "grams", 50_000)},
    "delivered": lambda document: {},
}


def reply(status, document):
    """A response of the API."""
    return {"statusCode": status, "headers": {"Content-Type": "application/json"},
            "body": json.dumps(document)}
