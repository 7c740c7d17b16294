"""GET /rooms/{room}."""

import json
import os
import re

import boto3

ROOMS = boto3.resource("dynamodb").Table(os.environ["ROOMS"])
ROOM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


def handler(event, context):
    """The view of a room, in an envelope that says whether it was found."""
    room = (event.get("pathParameters") or {}).get("room") or ""
    found = None
    if ROOM.fullmatch(room):
        found = ROOMS.get_item(Key={"room": room}, ConsistentRead=True).get("Item")
    if found is None or found.get("closed"):
        return reply({"found": False})
    return reply({"found": True, "room": {
        "name": room, "title": found["title"],
        "seats": {"all": int(found["seats"]), "free": int(found["free"])}}})


def reply(document):
    """A response of the API, which is always 200."""
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"},
            "body": json.dumps(document)}
