"""The publisher behind the stream of the events table: each stored event goes on the bus."""

import json
import os

import boto3
import records

EVENTS = boto3.client("events")


def handler(event, context):
    """Publish records in their order; the first that fails comes again with those behind it."""
    for record in event["Records"]:
        try:
            publish(records.event_of(record))
        except Exception as error:
            print(f"failed: {error!r}")
            return {"batchItemFailures": [{"itemIdentifier": records.number_of(record)}]}
    return {"batchItemFailures": []}


def publish(event):
    """Put one event on the bus."""
    detail = {"locker": event["locker"], "seq": int(event["seq"]), "data": event["data"]}
    answer = EVENTS.put_events(Entries=[{
        "Source": "lockers", "DetailType": event["kind"], "Detail": json.dumps(detail),
        "EventBusName": os.environ["BUS"]}])
    if answer["FailedEntryCount"]:
        raise RuntimeError("the bus has not taken the event")
