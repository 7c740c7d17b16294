"""One door for all commands of the club: the reply is always 200, and says whether it worked."""

import base64
import json
import os
import re
import uuid

import boto3
import store

EVENTS = boto3.client("events")
MEMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
OPERATIONS = {"join": "joined", "earn": "earned", "leave": "left"}
ATTEMPTS = 4
MOST = 10_000


class InvalidError(Exception):
    """A member of the request is missing or wrong."""


def handler(event, context):
    """POST /rpc."""
    try:
        what, member, data = understood(body(event))
    except InvalidError as error:
        return reply(False, error=str(error))
    for _ in range(ATTEMPTS):
        events = store.load(member)
        done = store.published(member)
        for version in range(done + 1, len(events) + 1):
            publish(member, version, events[version - 1])
        if done < len(events):
            store.note_published(member, len(events))
        there = store.fold(events) is not None
        if there == (what == "joined"):
            return reply(False, error="already a member" if there else "no such member")
        stored = {"id": str(uuid.uuid4()), "what": what, "data": data}
        try:
            store.append(member, len(events) + 1, stored)
        except store.ConflictError:
            continue
        publish(member, len(events) + 1, stored)
        store.note_published(member, len(events) + 1)
        return reply(True)
    return reply(False, error="busy, try again")


def body(event):
    """The request's body, as the client has sent it."""
    content = event.get("body") or ""
    try:
        return base64.b64decode(content).decode() if event.get("isBase64Encoded") else content
    except ValueError:
        raise InvalidError("expected UTF-8") from None


def understood(text):
    """Read a request: the event that it asks for, the member, and the data."""
    try:
        request = json.loads(text)
    except ValueError:
        raise InvalidError("expected JSON") from None
    if not isinstance(request, dict) or not isinstance(request.get("args"), dict):
        raise InvalidError("expected an object with args")
    operation, member, args = request.get("op"), request.get("member"), request["args"]
    if not isinstance(operation, str) or operation not in OPERATIONS:
        raise InvalidError("unknown op")
    if not isinstance(member, str) or not MEMBER.fullmatch(member):
        raise InvalidError("member is wrong")
    return OPERATIONS[operation], member, arguments(operation, args)


def arguments(operation, args):
    """The arguments of an operation, and no others."""
    if operation == "join":
        name = args.get("name")
        fits = isinstance(name, str) and 1 <= len(name) <= 100
        if not fits or any(c < " " or "\ud800" <= c <= "\udfff" for c in name):
            raise InvalidError("name is missing or wrong")
        return {"name": name}
    if operation == "earn":
        points = args.get("points")
        if type(points) is not int or not 1 <= points <= MOST:
            raise InvalidError("points are missing or wrong")
        return {"points": points}
    return {}


def publish(member, version, event):
    """Put an event on the bus."""
    detail = {"eventId": event["id"], "type": event["what"], "member": member,
              "version": version, **event["data"]}
    answer = EVENTS.put_events(Entries=[{
        "Source": "club", "DetailType": event["what"], "Detail": json.dumps(detail),
        "EventBusName": os.environ["BUS"]}])
    if answer["FailedEntryCount"]:
        raise RuntimeError("the bus has not taken the event")


def reply(success, **others):
    """The response, which is always 200."""
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"},
            "body": json.dumps({"success": success, **others})}
