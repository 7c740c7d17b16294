"""Commands on rooms: PUT /rooms/{room}, POST /rooms/{room}/bookings and DELETE /rooms/{room}."""

import base64
import json
import re

import ledger

ROOM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
KEY = re.compile(r"[ -~]{1,64}")
ATTEMPTS = 4


class InvalidError(Exception):
    """A member is missing or wrong."""


def handler(event, context):
    """The function behind every route that changes a room."""
    room = (event.get("pathParameters") or {}).get("room") or ""
    try:
        if not ROOM.fullmatch(room):
            raise InvalidError("room")
        what, data = READERS[event["httpMethod"]](event)
        key = request_key(event)
    except InvalidError as error:
        return reply(400, error=f"{error} is missing or wrong")
    for _ in range(ATTEMPTS):
        answer = attempted(room, what, data, key)
        if answer is not None:
            return answer
    return reply(409, error="others are changing the room, try again")


def attempted(room, what, data, key):
    """One attempt; None if another command came first."""
    entries = ledger.load(room)
    for entry in entries[ledger.announced(room):]:
        ledger.announce(entry)
    known = [entry for entry in entries if key is not None and entry.get("key") == key]
    if known:
        same = (known[0]["what"], known[0]["data"]) == (what, data)
        return reply(200) if same else reply(422, error="the key was another request's")
    error = refusal(ledger.fold(entries), what, data)
    if error:
        return reply(404 if error == "no such room" else 409, error=error)
    entry = {"room": room, "number": len(entries) + 1, "what": what, "data": data}
    entry |= {} if key is None else {"key": key}
    if not ledger.append(entry):
        return None
    ledger.announce(entry)
    return reply(201 if what == "ROOM_OPENED" else 200)


def refusal(room, what, data):
    """Why the rules are against it; empty if they are not."""
    if what == "ROOM_OPENED":
        return "" if room is None else "the room is open"
    if room is None:
        return "no such room"
    full = what == "SEATS_BOOKED" and data["seats"] > room["free"]
    return "not so many seats are free" if full else ""


def opened(event):
    """PUT /rooms/{room}."""
    document = body(event)
    title = document.get("title")
    plain = isinstance(title, str) and 1 <= len(title) <= 80
    if not plain or any(c < " " or "\ud800" <= c <= "\udfff" for c in title):
        raise InvalidError("title")
    return "ROOM_OPENED", {"title": title, "seats": whole(document)}


def booked(event):
    """POST /rooms/{room}/bookings."""
    return "SEATS_BOOKED", {"seats": whole(body(event))}


def closed(event):
    """DELETE /rooms/{room}."""
    return "ROOM_CLOSED", {}


READERS = {"PUT": opened, "POST": booked, "DELETE": closed}


def whole(document):
    """The number of seats."""
    seats = document.get("seats")
    if type(seats) is not int or not 1 <= seats <= 500:
        raise InvalidError("seats")
    return seats


def body(event):
    """The request's body as an object."""
    content = event.get("body") or ""
    try:
        if event.get("isBase64Encoded"):
            content = base64.b64decode(content).decode()
        found = json.loads(content)
    except ValueError:
        raise InvalidError("the body") from None
    if not isinstance(found, dict):
        raise InvalidError("the body")
    return found


def request_key(event):
    """The Idempotency-Key; None without one."""
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    key = headers.get("idempotency-key")
    if key is not None and not KEY.fullmatch(key):
        raise InvalidError("Idempotency-Key")
    return key


def reply(status, **document):
    """A response of the API."""
    return {"statusCode": status, "headers": {"Content-Type": "application/json"},
            "body": json.dumps(document)}
