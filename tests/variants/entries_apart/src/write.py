"""Commands; the event before is published before the next one is stored."""

import base64
import json
import os
import uuid
from decimal import Decimal

import boto3
import botocore.exceptions
import rules

s3 = boto3.resource("s3").Bucket(os.environ["LOG"])
bus = boto3.session.Session().client("events")


class Reused(Exception):
    pass


def handler(event, context):
    try:
        raw = event["body"] or ""
        if event["isBase64Encoded"]:
            raw = base64.b64decode(raw).decode()
        if len(raw) > 100_000:
            return reply(413, "too large")
        command = rules.read(raw)
        headers = {k.lower(): v for k, v in (event["headers"] or {}).items()}
        return take(command, headers.get("idempotency-key"))
    except (rules.Invalid, UnicodeDecodeError) as problem:
        return reply(400, f"The command is invalid: {problem}." if str(problem) in rules.VALID
                     else "The command is invalid.")
    except rules.Refused as refusal:
        return reply(404 if str(refusal) == "not open" else 409, str(refusal))
    except Reused:
        return reply(409, "This Idempotency-Key was used before.")
    except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError, OSError):
        return reply(500, "An error occurred (it has been noted). Requested resource not found?")


def reply(status, message):
    return {"statusCode": status, "body": json.dumps({"message": message})}


def load(account):
    found = sorted(s3.objects.filter(Prefix=f"accounts/{account}/"), key=lambda o: o.key)
    return [json.loads(o.get()["Body"].read(), parse_float=Decimal) for o in found]


def take(command, key):
    event_id = str(uuid.uuid4())
    while True:
        history = load(command["accountId"])
        mine = [e for e in history if e["eventId"] == event_id or (key and e.get("key") == key)]
        if mine and any(mine[0].get(n) != v for n, v in command.items()):
            raise Reused
        if mine:
            return done(mine[0])
        try:
            rules.decide(history, command)
        except rules.Refused:
            for event in history[-1:]:
                publish(event)
            raise
        event = {"eventId": event_id, "version": len(history) + 1, **command}
        if key:
            event["key"] = key
        for before in history[-1:]:
            publish(before)
        try:
            s3.put_object(Key=f"accounts/{command['accountId']}/{event['version']:09d}",
                          Body=rules.text(event), IfNoneMatch="*")
        except botocore.exceptions.ClientError as error:
            if error.response["Error"]["Code"] not in (
                    "PreconditionFailed", "ConditionalRequestConflict"):
                raise
        else:
            return done(event)


def done(event):
    publish(event)
    return {"statusCode": 200, "body": rules.text(event)}


def publish(event):
    told = bus.put_events(Entries=[{"Source": "bank", "DetailType": event["type"],
                                    "Detail": rules.text(event)}])
    if told["FailedEntryCount"]:
        raise OSError("not published")
