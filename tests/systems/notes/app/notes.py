"""PUT and DELETE /notes/{note}: the same request again finds the note as it is to be."""

import base64
import json
import os
import re

import boto3
from botocore.exceptions import ClientError

TABLE = boto3.resource("dynamodb").Table(os.environ["EVENTS"])
BUS = boto3.client("events")
NOTE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
ATTEMPTS = 4


class InvalidError(Exception):
    """A member is missing or wrong."""


def handler(event, context):
    """Both routes."""
    note = (event.get("pathParameters") or {}).get("note") or ""
    removing = event["requestContext"]["http"]["method"] == "DELETE"
    try:
        if not NOTE.fullmatch(note):
            raise InvalidError("note")
        what, data = ("removed", {}) if removing else ("written", content(event))
    except InvalidError as error:
        return reply(400, {"error": f"{error} is missing or wrong"})
    for _ in range(ATTEMPTS):
        events = load(note)
        for each in events:
            if not each["sent"]:
                publish(each)
        last = events[-1] if events else None
        if last is not None and (last["what"], last["data"]) == (what, data):
            return reply(200, {"note": note})
        if (removing and last is None) or (removing and last["what"] == "removed"):
            return reply(404, {"error": "no such note"})
        found = {"note": note, "version": len(events) + 1, "what": what, "data": data,
                 "sent": False}
        if store(found):
            publish(found)
            return reply(200, {"note": note})
    return reply(409, {"error": "others are changing the note, try again"})


def load(note):
    """Every event of a note, oldest first."""
    query = {"KeyConditionExpression": "note = :note", "ConsistentRead": True,
             "ExpressionAttributeValues": {":note": note}}
    events = []
    while True:
        page = TABLE.query(**query)
        events += [{**item, "version": int(item["version"]), "data": json.loads(item["data"])}
                   for item in page["Items"]]
        if "LastEvaluatedKey" not in page:
            return events
        query["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def store(event):
    """Store an event; False if another one has its version."""
    try:
        TABLE.put_item(Item={**event, "data": json.dumps(event["data"])},
                       ConditionExpression="attribute_not_exists(note)")
    except ClientError as error:
        if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
            return False
        raise
    return True


def publish(event):
    """Put an event on the bus, and note that it is there."""
    detail = {name: event[name] for name in ("note", "version", "data")}
    answer = BUS.put_events(Entries=[{
        "Source": "notes", "DetailType": event["what"], "Detail": json.dumps(detail),
        "EventBusName": os.environ["BUS"]}])
    if answer["FailedEntryCount"]:
        raise RuntimeError("the bus has not taken the event")
    TABLE.update_item(Key={"note": event["note"], "version": event["version"]},
                      UpdateExpression="SET sent = :yes",
                      ExpressionAttributeValues={":yes": True})


def content(event):
    """The note in the request's body."""
    body = event.get("body") or ""
    try:
        if event.get("isBase64Encoded"):
            body = base64.b64decode(body).decode()
        found = json.loads(body)
    except ValueError:
        raise InvalidError("the body") from None
    if not isinstance(found, dict):
        raise InvalidError("the body")
    return {"title": text(found, "title", 60), "text": text(found, "text", 400)}


def text(document, name, longest):
    """A member that is a text of at most so many characters, without controls."""
    value = document.get(name)
    fits = isinstance(value, str) and 1 <= len(value) <= longest
    if not fits or any(c < " " or "\ud800" <= c <= "\udfff" for c in value):
        raise InvalidError(name)
    return value


def reply(status, document):
    """A response of the API."""
    return {"statusCode": status, "headers": {"Content-Type": "application/json"},
            "body": json.dumps(document)}
