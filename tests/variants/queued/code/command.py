"""Commands from the queue. What is invalid or refused is done with; the rest comes again.

A message's id is what makes it recognisable: it is the id of its event, too.
"""

import datetime
import json
import os
from functools import reduce

import boto3
import orders
from botocore.exceptions import ClientError

BUCKET, BUS = os.environ["BUCKET"], os.environ["BUS"]
s3, bus = boto3.client("s3"), boto3.client("events")


def handler(event, context):
    """Handle a batch; names the messages that have to come again."""
    again = []
    for record in event["Records"]:
        try:
            handle(orders.read(record["body"]), record["messageId"])
        except (orders.Invalid, orders.Refused) as error:
            print(json.dumps({"message": record["messageId"], "ignored": str(error)}))
        except Exception as error:
            print(json.dumps({"message": record["messageId"], "failed": repr(error)}))
            again.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": again}


def handle(command, message):
    """Store and publish a command's event, or only publish it if it is stored already."""
    for _ in range(6):
        events = load(command["orderId"])
        known = next((event for event in events if event["eventId"] == message), None)
        if known is not None:
            return publish(known)
        orders.decide(reduce(orders.apply, events, None), command)
        now = datetime.datetime.now(datetime.UTC).isoformat()
        event = {"meta": {"recordedAt": now}, "eventId": message,
                 "version": len(events) + 1, **command}
        if store(event):
            return publish(event)
    raise RuntimeError("others were always faster")


def load(order):
    """The order's events by version; keys end with the bare number."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=f"log/{order}/")
    keys = [found["Key"] for page in pages for found in page.get("Contents", [])]
    texts = [s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in keys]
    return sorted(map(json.loads, texts), key=lambda event: event["version"])


def store(event):
    """Write an event; whether its version was free."""
    key = f"log/{event['orderId']}/{event['version']}"
    text = json.dumps(event, indent=1, ensure_ascii=False).encode()
    try:
        s3.put_object(Bucket=BUCKET, Key=key, Body=text, IfNoneMatch="*")
    except ClientError as error:
        if error.response["Error"]["Code"] in ("PreconditionFailed", "ConditionalRequestConflict"):
            return False
        raise
    return True


def publish(event):
    """Put an event on the bus."""
    entry = {"EventBusName": BUS, "Source": "orders", "DetailType": event["type"],
             "Detail": json.dumps(event)}
    if bus.put_events(Entries=[entry])["FailedEntryCount"]:
        raise RuntimeError("the bus did not take it")
