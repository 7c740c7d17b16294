"""Guests: POST /guests makes one, PUT /guests/{guestId} names it, GET shows it."""

import base64
import json
import os
import uuid
from datetime import UTC, datetime

import boto3

CLIENT = boto3.client("dynamodb")
EVENTS, GUESTS = os.environ["EVENTS"], os.environ["GUESTS"]


def handler(event, context):
    """Every route of the API."""
    guest = (event.get("pathParameters") or {}).get("guestId")
    if event["httpMethod"] == "POST":
        return welcome(str(uuid.uuid4()))
    if event["httpMethod"] == "PUT":
        return name(guest, body(event).get("name"))
    return show(guest)


def welcome(guest):
    """A new guest."""
    write(guest, {"what": {"S": "guest.welcome"}},
          {"Put": {"TableName": GUESTS, "Item": {"guestId": {"S": guest}}}})
    return reply({"guestId": guest})


def name(guest, text):
    """A guest's name; whoever has none yet begins with it."""
    value = {"S": text} if isinstance(text, str) else {"NULL": True}
    write(guest, {"what": {"S": "guest.name"}, "name": value},
          {"Update": {"TableName": GUESTS, "Key": {"guestId": {"S": guest}},
                      "UpdateExpression": "SET #name = :name",
                      "ExpressionAttributeNames": {"#name": "name"},
                      "ExpressionAttributeValues": {":name": value}}})
    return reply({"guestId": guest})


def write(guest, happened, change):
    """Store an event and change the view, both or none of them."""
    at = f"{datetime.now(UTC).isoformat()}-{uuid.uuid4()}"
    item = {"guestId": {"S": guest}, "at": {"S": at}, **happened}
    event = {"Put": {"TableName": EVENTS, "Item": item}}
    CLIENT.transact_write_items(TransactItems=[event, change])


def show(guest):
    """The view of a guest; null if there is none."""
    found = CLIENT.get_item(TableName=GUESTS, Key={"guestId": {"S": guest}}, ConsistentRead=True)
    item = found.get("Item")
    return reply(item and {key: value.get("S") for key, value in item.items()})


def body(event):
    """The request's body; what is no object is an empty one."""
    text = event.get("body") or "{}"
    try:
        if event.get("isBase64Encoded"):
            text = base64.b64decode(text).decode()
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def reply(data):
    """The response is always 200."""
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"},
            "body": json.dumps({"data": data})}
