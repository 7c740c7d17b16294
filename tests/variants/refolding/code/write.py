"""POST /orders: one command, 202 when its event is stored and published."""

import base64
import hashlib
import json
import os
import uuid

import boto3
import orders
import store

BUCKET = os.environ["BUCKET"]
BUS = boto3.client("events")


class Reused(Exception):
    """The key was used with another command."""


def handler(event, context):
    """Answer an HTTP API."""
    try:
        return reply(202, write(orders.read(body(event)), key(event)))
    except orders.Invalid as error:
        return reply(400, {"error": str(error)})
    except orders.Refused as error:
        return reply(409, {"error": str(error)})
    except Reused:
        return reply(422, {"error": "the Idempotency-Key belongs to another command"})
    except Exception as error:
        print(f"failed: {error!r}")
        return reply(503, {"error": "please try again"})


def reply(status, content):
    """A response of payload format 2.0."""
    return {"statusCode": status, "body": json.dumps(content),
            "headers": {"content-type": "application/json; charset=utf-8"}}


def body(event):
    """The body's text."""
    text = event.get("body") or ""
    if len(text) > 16_384 * 4:
        raise orders.Invalid("the body is too long")
    if event.get("isBase64Encoded"):
        try:
            return base64.b64decode(text).decode()
        except ValueError:
            raise orders.Invalid("the body is no text") from None
    return text


def key(event):
    """The Idempotency-Key; an HTTP API gives names in lower case."""
    found = event.get("headers", {}).get("idempotency-key")
    printable = found is None or (found.isascii() and found.isprintable())
    if found is not None and not (1 <= len(found) <= 64 and printable):
        raise orders.Invalid("the Idempotency-Key is invalid")
    return found


def write(command, given):
    """Store and publish the command's event, or find that this was done before."""
    order = command["orderId"]
    event_id = identity(order, given) if given else uuid.uuid4().hex
    for _ in range(8):
        events = store.load(BUCKET, order)
        before = next((event for event in events if event["eventId"] == event_id), None)
        if before is not None:
            if {name: before[name] for name in before if name not in ADDED} != command:
                raise Reused
            publish(before)
            return {"accepted": before["eventId"]}
        try:
            orders.decide(orders.fold(events), command)
        except orders.Refused:
            for event in events[-1:]:
                publish(event)
            raise
        event = {**command, "eventId": event_id, "version": len(events) + 1, "schema": 1}
        text = json.dumps(event)
        if store.put_new(BUCKET, store.key(order, event["version"]), text):
            store.put(BUCKET, f"outbox/{order}/{event_id}", text)
            publish(event)
            store.remove(BUCKET, f"outbox/{order}/{event_id}")
            return {"accepted": event_id}
    raise RuntimeError("always too late")


ADDED = ("eventId", "version", "schema")


def identity(order, given):
    """The event id that a key stands for."""
    return hashlib.sha256(f"{order}\n{given}".encode()).hexdigest()[:40]


def publish(event):
    """Put the event on the default bus."""
    entry = {"Source": "shop", "DetailType": event["type"], "Detail": json.dumps(event)}
    result = BUS.put_events(Entries=[entry])
    if result["FailedEntryCount"]:
        raise RuntimeError("not published")
