"""A lease on the Idempotency-Key; an index row has the event until the bucket has."""

import hashlib
import json
import logging
import os
import time
import uuid
from datetime import UTC, datetime

import boto3
import index
from botocore.exceptions import BotoCoreError, ClientError
from rules import Bad, apply, body_of, command_of, header, refused

IDEM = index.ddb.Table(os.environ["IDEMPOTENCY_TABLE"])
events = boto3.client("events", config=index.CFG)
LEASE = 30


class Problem(Exception):
    def __init__(self, status, title, **extra):
        self.status, self.title, self.extra = status, title, extra


def respond(status, body, **headers):
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json; charset=utf-8", **headers},
        "body": json.dumps(body),
    }


def claim(pk, digest):
    now = int(time.time())
    try:
        IDEM.put_item(
            Item={
                "pk": pk,
                "digest": digest,
                "state": "IN_PROGRESS",
                "lease": now + LEASE,
                "ttl": now + 86400 * 7,
                "eventId": str(uuid.uuid4()),
            },
            ConditionExpression="attribute_not_exists(pk)",
        )
    except ClientError as e:
        if e.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
    row = IDEM.get_item(Key={"pk": pk}, ConsistentRead=True).get("Item")
    if row is None:  # refused, and so forgotten, since
        raise Problem(409, "the same request was being worked on")
    if row["digest"] != digest:
        raise Problem(422, "Idempotency-Key was used with another request")
    if row["state"] == "DONE":
        return row, json.loads(row["reply"])
    if row.get("owner") and row["lease"] > now:
        raise Problem(
            409, "the same request is being worked on", retryAfter=int(row["lease"] - now)
        )
    me = str(uuid.uuid4())
    try:
        IDEM.update_item(
            Key={"pk": pk},
            UpdateExpression="SET #o = :me, lease = :l",
            ConditionExpression="attribute_not_exists(#o) OR (#o = :was AND lease <= :now)",
            ExpressionAttributeNames={"#o": "owner"},
            ExpressionAttributeValues={
                ":me": me,
                ":l": now + LEASE,
                ":now": now,
                ":was": row.get("owner", "-"),
            },
        )
    except ClientError as e:
        if e.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        if IDEM.get_item(Key={"pk": pk}, ConsistentRead=True).get("Item", {}).get("owner") != me:
            raise Problem(409, "the same request is being worked on") from None
    return row, None


def finish_row(row):
    """Put what is reserved into the bucket and on the bus."""
    event = index.read(row)
    if "event" in row:
        index.BUCKET.put_object(
            Key=row["s3key"], Body=row["event"].encode(), ContentType="application/json"
        )
    out = events.put_events(
        Entries=[
            {
                "Source": "com.shop.orders",
                "DetailType": event["type"],
                "Detail": json.dumps(event),
                "Resources": [],
            }
        ]
    )
    if out["FailedEntryCount"] > 0:
        raise Problem(503, "not published")
    if "event" in row:
        index.INDEX.update_item(
            Key={"orderId": row["orderId"], "version": row["version"]},
            UpdateExpression="REMOVE #e",
            ExpressionAttributeNames={"#e": "event"},
        )
    return event


def run(cmd, event_id):
    for _ in range(5):
        rows = index.rows(cmd["orderId"])
        history = [index.read(r) for r in rows]
        for r, e in zip(rows, history, strict=True):
            if e["eventId"] == event_id:
                return finish_row(r)
        if rows and "event" in rows[-1]:
            finish_row(rows[-1])
        order = None
        for e in history:
            order = apply(order, e)
        status = refused(order, cmd)
        if status:
            raise Problem(status, "the order exists" if status == 409 else "no such order")
        version = len(rows) + 1
        event = {**cmd, "eventId": event_id, "version": version}
        day = datetime.now(UTC).strftime("%Y/%m/%d")
        s3key = f"{day}/{hashlib.sha1(event_id.encode()).hexdigest()}.json"
        row = {
            "orderId": cmd["orderId"],
            "version": version,
            "s3key": s3key,
            "event": json.dumps(event),
        }
        try:
            index.INDEX.put_item(Item=row, ConditionExpression="attribute_not_exists(orderId)")
        except ClientError as e:
            if e.response["Error"]["Code"] == "ConditionalCheckFailedException":
                continue
            raise
        return finish_row(row)
    raise Problem(409, "too much contention, send it again")


def handle(event, context):
    key = header(event, "idempotency-key")
    pk = None
    try:
        cmd = command_of(body_of(event))
        digest = hashlib.sha256(json.dumps(cmd, sort_keys=True).encode()).hexdigest()
        if key:
            pk = f"{cmd['orderId']}#{key}"
            row, done = claim(pk, digest)
            if done:
                return respond(200, done)
            event_id = row["eventId"]
        else:
            event_id = str(uuid.uuid4())
        try:
            stored = run(cmd, event_id)
        except Problem as p:
            if pk and p.status in (404, 409):
                IDEM.delete_item(Key={"pk": pk})
            raise
        reply = {"id": stored["orderId"], "version": stored["version"]}
        if pk:
            IDEM.update_item(
                Key={"pk": pk},
                UpdateExpression="SET #s = :d, reply = :r",
                ExpressionAttributeNames={"#s": "state"},
                ExpressionAttributeValues={":d": "DONE", ":r": json.dumps(reply)},
            )
        return respond(201 if stored["version"] == 1 else 200, reply)
    except Bad as b:
        return respond(b.status if b.status != 422 else 400, {"error": b.text, "field": b.member})
    except Problem as p:
        extra = {"Retry-After": "1"} if "retryAfter" in p.extra else {}
        return respond(p.status, {"error": p.title, **p.extra}, **extra)
    except (ClientError, BotoCoreError):
        logging.exception("failed")
        return respond(503, {"error": "please try again"}, **{"Retry-After": "2"})
