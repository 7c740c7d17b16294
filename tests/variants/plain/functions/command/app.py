"""Commands in one plain file: events at orders/{id}/{version}.json, members unknown are refused."""

import base64
import hashlib
import json
import os
import re
import uuid

import boto3
from botocore.exceptions import BotoCoreError, ClientError

s3 = boto3.client("s3")
bus = boto3.client("events")
BUCKET = os.environ["BUCKET"]

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}", re.ASCII)
TIME = re.compile(
    r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?"
    r"(Z|[+-]([01]\d|2[0-3]):[0-5]\d)", re.ASCII)
MEMBERS = {
    "OrderCreated": ({"customer", "createdAt"}, set()),
    "OrderUpdated": ({"updatedAt"}, {"customer"}),
    "OrderDeleted": (set(), set()),
}


def reply(status, **body):
    return {"statusCode": status, "headers": {"content-type": "application/json"},
            "body": json.dumps(body)}


def text_of(event):
    body = event.get("body") or ""
    return base64.b64decode(body).decode() if event.get("isBase64Encoded") else body


def proper(name, value):
    if not isinstance(value, str) or any("\ud800" <= c <= "\udfff" for c in value):
        return False
    if name == "customer":
        return 1 <= len(value) <= 1000 and not any(c < " " for c in value)
    return TIME.fullmatch(value) is not None


def parse(text):
    command = json.loads(text)
    if not isinstance(command, dict):
        raise ValueError("not an object")
    kind = command.get("type")
    if not isinstance(kind, str) or kind not in MEMBERS:
        raise ValueError("type")
    required, optional = MEMBERS[kind]
    own = command.keys() - {"type", "orderId"}
    if not required <= own or not own <= required | optional:
        raise ValueError("members")
    id = command.get("orderId")
    if not isinstance(id, str) or not ID.fullmatch(id):
        raise ValueError("orderId")
    if not all(proper(name, command[name]) for name in own):
        raise ValueError("value")
    return command


def load(id):
    found = []
    token = {}
    while True:
        page = s3.list_objects_v2(Bucket=BUCKET, Prefix=f"orders/{id}/", **token)
        found += [item["Key"] for item in page.get("Contents", [])]
        if not page["IsTruncated"]:
            break
        token = {"ContinuationToken": page["NextContinuationToken"]}
    return [json.loads(s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()) for key in found]


def publish(stored):
    answer = bus.put_events(Entries=[
        {"Source": "shop", "DetailType": stored["type"], "Detail": json.dumps(stored)}])
    if answer["FailedEntryCount"]:
        raise RuntimeError("not published")


def store(event):
    try:
        s3.put_object(Bucket=BUCKET, Key=f"orders/{event['orderId']}/{event['version']:012d}.json",
                      Body=json.dumps(event).encode(), IfNoneMatch="*")
    except ClientError as error:
        if error.response["Error"]["Code"] in ("PreconditionFailed", "ConditionalRequestConflict"):
            return False
        raise
    return True


def accept(command, key):
    digest = hashlib.sha256(json.dumps(command, sort_keys=True).encode()).hexdigest()
    event_id = str(uuid.uuid4())
    for _ in range(4):
        history = load(command["orderId"])
        same = [e for e in history if e["eventId"] == event_id or (key and e["key"] == key)]
        if same:
            if same[0]["digest"] != digest:
                return reply(422, message="key used before")
            publish(same[0])
            return reply(200, eventId=same[0]["eventId"])
        exists = bool(history) and history[-1]["type"] != "OrderDeleted"
        if exists == (command["type"] == "OrderCreated"):
            if history:
                publish(history[-1])
            return reply(409 if exists else 404, message="refused")
        event = {**command, "eventId": event_id, "version": len(history) + 1, "key": key,
                 "digest": digest}
        if store(event):
            publish(event)
            return reply(201 if command["type"] == "OrderCreated" else 200, eventId=event_id)
    return reply(409, message="busy, try again")


def handler(event, context):
    key = (event.get("headers") or {}).get("idempotency-key")
    try:
        text = text_of(event)
        if len(text) > 20_000:
            return reply(413, message="too large")
        command = parse(text)
    except (ValueError, RecursionError):
        return reply(400, message="invalid command")
    try:
        return accept(command, key)
    except (ClientError, BotoCoreError, RuntimeError):
        return reply(503, message="try again")
