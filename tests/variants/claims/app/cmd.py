"""Commands; a key's note says which event it stands for, before there is one."""

import hashlib
import json
import uuid

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from log import B, load, s3
from rules import Bad, apply, body_of, command_of, header, refused

ev = boto3.client("events")


def r(code, **b):
    return {
        "statusCode": code,
        "headers": {"Content-Type": "application/json"},
        "multiValueHeaders": {},
        "isBase64Encoded": False,
        "body": json.dumps(b),
    }


def publish(e):
    entry = {"Source": "claims", "DetailType": e["type"], "Detail": json.dumps(e)}
    if ev.put_events(Entries=[entry])["FailedEntryCount"]:
        raise BotoCoreError()


def keyed(cmd, key):
    """The note of a key: which event it stands for, kept beside the events."""
    name = f"{cmd['orderId']}/keys/{hashlib.sha256(key.encode()).hexdigest()}"
    note = {
        "type": cmd["type"],
        "orderId": cmd["orderId"],
        "eventId": str(uuid.uuid4()),
        "sha": hashlib.sha256(json.dumps(cmd, sort_keys=True).encode()).hexdigest(),
    }
    try:
        s3.put_object(Bucket=B, Key=name, Body=json.dumps(note), IfNoneMatch="*")
    except ClientError as x:
        if x.response["Error"]["Code"] not in ("PreconditionFailed", "ConditionalRequestConflict"):
            raise
        found = json.load(s3.get_object(Bucket=B, Key=name)["Body"])
        if found["sha"] != note["sha"]:
            return None
        return found["eventId"]
    return note["eventId"]


def main(event, ctx):
    if event["httpMethod"] != "POST":
        return r(405, message="method not allowed")
    try:
        cmd = command_of(body_of(event), strict=True)
    except Bad as b:
        return r(b.status, errors=[{"member": b.member, "problem": b.text}])
    try:
        key = header(event, "idempotency-key")
        eid = keyed(cmd, key) if key else str(uuid.uuid4())
        if eid is None:
            return r(422, message="the key belongs to another command")
        while True:
            es = load(cmd["orderId"])
            for e in es:
                if e["eventId"] == eid:
                    publish(e)
                    return r(200, ok=True)
            o = None
            for e in es:
                o = apply(o, e)
            if refused(o, cmd):
                if es:
                    publish(es[-1])
                return r(refused(o, cmd), message="not in this state")
            e = dict(cmd, eventId=eid, version=len(es) + 1, occurredAt="2026-01-01T00:00:00Z")
            try:
                s3.put_object(
                    Bucket=B,
                    Key=f"{cmd['orderId']}/events/{len(es) + 1:08x}.json",
                    Body=json.dumps(e),
                    IfNoneMatch="*",
                )
            except ClientError as x:
                if x.response["Error"]["Code"] in (
                    "PreconditionFailed",
                    "ConditionalRequestConflict",
                ):
                    continue
                raise
            publish(e)
            return r(200, ok=True)
    except (ClientError, BotoCoreError) as x:
        print("failed", repr(x))
        return r(503, message="upstream trouble")
