"""One command at a time for each account: a lease in DynamoDB, 409 while another has it."""

import base64
import contextlib
import json
import os
import re
import time
import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation

import boto3
from botocore.exceptions import BotoCoreError, ClientError

s3 = boto3.client("s3")
events = boto3.client("events")
locks = boto3.resource("dynamodb").Table(os.environ["LOCKS_TABLE_NAME"])
BUCKET = os.environ["EVENTS_BUCKET_NAME"]
ID = re.compile(r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,127}\Z", re.ASCII)
WHEN = re.compile(
    r"\A\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,12})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)\Z",
    re.ASCII,
)
MEMBERS = {
    "AccountOpened": ("owner", "openedAt"),
    "MoneyDeposited": ("entryId", "amount"),
    "MoneyWithdrawn": ("entryId", "amount"),
    "AccountClosed": (),
}


class Rejected(Exception):
    def __init__(self, status, text):
        super().__init__(text)
        self.status = status


class Num(Decimal):
    pass


def dumps(value):
    """JSON with exact numbers."""
    if isinstance(value, dict):
        return "{" + ",".join(json.dumps(k) + ":" + dumps(v) for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(dumps, value)) + "]"
    return format(value, "f") if isinstance(value, Decimal) else json.dumps(value)


def loads(text):
    def bad(c):
        raise ValueError(c)

    return json.loads(text, parse_float=Decimal, parse_int=Decimal, parse_constant=bad)


def check(name, value):
    if name == "amount":
        return (
            isinstance(value, Decimal)
            and value.is_finite()
            and Decimal("0.01") <= value <= 1_000_000
            and value == value.quantize(Decimal("0.01"))
        )
    if not isinstance(value, str):
        return False
    if name in ("entryId", "accountId"):
        return ID.match(value) is not None
    if name == "owner":
        return 0 < len(value) <= 1000 and all(
            c >= " " and not "\ud800" <= c <= "\udfff" for c in value
        )
    return WHEN.match(value) is not None


def parse(event):
    body = event.get("body") or ""
    if len(body) > 100_000:
        raise Rejected(413, "too large")
    try:
        if event.get("isBase64Encoded"):
            body = base64.b64decode(body).decode()
        doc = loads(body)
    except (ValueError, RecursionError, InvalidOperation):
        raise Rejected(400, "a JSON object is expected") from None
    if not isinstance(doc, dict):
        raise Rejected(400, "a JSON object is expected")
    kind = doc.get("type")
    if not isinstance(kind, str) or kind not in MEMBERS:
        raise Rejected(400, "type: unknown")
    for name in ("accountId", *MEMBERS[kind]):
        try:
            good = name in doc and check(name, doc[name])
        except InvalidOperation:
            good = False
        if not good:
            raise Rejected(400, f"{name}: missing or not valid")
    return {"type": kind, **{n: doc[n] for n in ("accountId", *MEMBERS[kind])}}


def acquire(account, owner):
    now = datetime.now(UTC)
    until = (now + timedelta(seconds=40)).isoformat()
    for _ in range(8):
        try:
            locks.put_item(
                Item={"account": account, "owner": owner, "until": until},
                ConditionExpression="attribute_not_exists(account) OR #u < :now OR #o = :me",
                ExpressionAttributeNames={"#u": "until", "#o": "owner"},
                ExpressionAttributeValues={":now": now.isoformat(), ":me": owner},
            )
            return
        except ClientError as e:
            if e.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            time.sleep(0.2)
    raise Rejected(409, "the account is busy, try again in a moment")


def release(account, owner):
    with contextlib.suppress(ClientError, BotoCoreError):
        locks.delete_item(
            Key={"account": account},
            ConditionExpression="#o = :me",
            ExpressionAttributeNames={"#o": "owner"},
            ExpressionAttributeValues={":me": owner},
        )


def load(account):
    found = []
    for page in s3.get_paginator("list_objects_v2").paginate(
        Bucket=BUCKET, Prefix=f"accounts/{account}/"
    ):
        for o in page.get("Contents", ()):
            found.append(loads(s3.get_object(Bucket=BUCKET, Key=o["Key"])["Body"].read()))
    return sorted(found, key=lambda e: e["version"])


def publish(e):
    r = events.put_events(
        Entries=[
            {
                "Source": "bank.teller",
                "EventBusName": os.environ["BUS_ARN"],
                "DetailType": e["type"],
                "Detail": dumps(e),
            }
        ]
    )
    if r["FailedEntryCount"]:
        raise Rejected(503, "could not be published, try again")


def decide(past, c):
    balance, state = Decimal(0), "none"
    for e in past:
        state = {"AccountOpened": "open", "AccountClosed": "closed"}.get(e["type"], state)
        balance += {"MoneyDeposited": 1, "MoneyWithdrawn": -1}.get(e["type"], 0) * e.get(
            "amount", 0
        )
    if c["type"] == "AccountOpened":
        if state != "none":
            return 409, "was opened before"
    elif state == "none":
        return 404, "no such account"
    elif state == "closed":
        return 409, "closed"
    elif c["type"] == "MoneyWithdrawn" and c["amount"] > balance:
        return 422, "not enough money"
    elif c["type"] == "AccountClosed" and balance:
        return 409, "there is money left"
    return None


def accept(c, key):
    past = load(c["accountId"])
    eid = (
        str(uuid.uuid5(uuid.NAMESPACE_URL, c["accountId"] + "?" + key))
        if key
        else str(uuid.uuid4())
    )
    for e in past:
        if e["eventId"] == eid:
            if any(e.get(k) != v for k, v in c.items()):
                raise Rejected(422, "Idempotency-Key: another command has it")
            publish(e)
            return e
    for e in past[-1:]:
        publish(e)
    no = decide(past, c)
    if no:
        raise Rejected(*no)
    e = {**c, "eventId": eid, "version": len(past) + 1}
    # the lease may have run out meanwhile, so the store has the last word
    try:
        s3.put_object(
            Bucket=BUCKET,
            Key=f"accounts/{c['accountId']}/{e['version']:06d}",
            Body=dumps(e).encode(),
            IfNoneMatch="*",
        )
    except ClientError as x:
        if x.response["Error"]["Code"] == "PreconditionFailed":
            # perhaps our own, whose response was lost
            mine = next((p for p in load(c["accountId"]) if p["eventId"] == eid), None)
            if mine is None:
                raise Rejected(409, "another command came first") from None
        else:
            raise
    publish(e)
    return e


def handler(event, context):
    try:
        c = parse(event)
        owner = context.aws_request_id
        acquire(c["accountId"], owner)
        try:
            e = accept(c, event["headers"].get("idempotency-key"))
        finally:
            release(c["accountId"], owner)
        return {
            "statusCode": 201,
            "headers": {"content-type": "application/json"},
            "body": json.dumps({"accountId": e["accountId"], "version": int(e["version"])}),
        }
    except Rejected as r:
        return {
            "statusCode": r.status,
            "headers": {"content-type": "application/json"},
            "body": json.dumps({"message": str(r)}),
        }
    except (ClientError, BotoCoreError):
        return {
            "statusCode": 503,
            "headers": {"content-type": "application/json", "retry-after": "1"},
            "body": '{"message":"try again"}',
        }
