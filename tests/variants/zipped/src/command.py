"""Events are gzipped; the SDK's adaptive retries; four threads read."""

import base64
import gzip
import json
import os
import uuid
from concurrent.futures import ThreadPoolExecutor

import boto3
import rules
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

CONFIG = Config(retries={"mode": "adaptive", "max_attempts": 4}, connect_timeout=1, read_timeout=2,
                max_pool_connections=20)
s3, bus = boto3.client("s3", config=CONFIG), boto3.client("events", config=CONFIG)
BUCKET, BUS = os.environ["BUCKET"], os.environ["BUS"]
pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="s3")


def get(key):
    body = s3.get_object(Bucket=BUCKET, Key=key)["Body"]
    with gzip.GzipFile(fileobj=body) as unzipped:
        return rules.loads(unzipped.read())


def history(account):
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=f"a/{account}/")
    return list(pool.map(get, [o["Key"] for page in pages for o in page.get("Contents", [])]))


def append(event):
    try:
        s3.put_object(Bucket=BUCKET, Key=f"a/{event['accountId']}/{event['version']:09d}.json.gz",
                      Body=gzip.compress(rules.text(event).encode(), mtime=0), IfNoneMatch="*",
                      ContentType="application/json", ContentEncoding="gzip")
    except ClientError as error:
        if error.response["Error"]["Code"] in ("PreconditionFailed", "ConditionalRequestConflict"):
            return False
        raise
    return True


def publish(event):
    if bus.put_events(Entries=[{"Source": "zip.accounts", "EventBusName": BUS,
                                "DetailType": event["type"],
                                "Detail": rules.text(event)}])["FailedEntryCount"]:
        raise RuntimeError


def reply(status, **body):
    data = gzip.compress(json.dumps(body).encode(), mtime=0)
    return {"statusCode": status, "isBase64Encoded": True, "body": base64.b64encode(data).decode(),
            "headers": {"Content-Type": "application/json", "Content-Encoding": "gzip"}}


def take(command, key):
    own = f"{command['accountId']}#{key}"
    me = str(uuid.uuid5(uuid.NAMESPACE_OID, own) if key else uuid.uuid4())
    print_of = rules.text({n: command[n] for n in sorted(command)})
    for _ in range(6):
        events = history(command["accountId"])
        same = next((e for e in events if e["eventId"] == me), None)
        if same:
            if rules.text({n: same[n] for n in sorted(command) if n in same}) != print_of:
                return reply(422, message="key")
            publish(same)
            return reply(200, eventId=me)
        try:
            rules.decide(events, command)
        except rules.Refused as error:
            if events:
                publish(events[-1])
            return reply(409, message=str(error))
        event = {**command, "eventId": me, "version": len(events) + 1}
        if append(event):
            publish(event)
            return reply(201, eventId=me)
    return reply(429, message="race")


def handler(event, context):
    body = event.get("body") or ""
    try:
        body = base64.b64decode(body).decode() if event.get("isBase64Encoded") else body
        command = rules.read(body)
    except (rules.Invalid, ValueError):
        return reply(400, message="invalid")
    try:
        return take(command, event["headers"].get("idempotency-key"))
    except (ClientError, BotoCoreError, RuntimeError):
        return reply(503, message="later")
