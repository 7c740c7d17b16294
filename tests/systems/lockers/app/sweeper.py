"""The sweeper of the outbox, which a schedule starts: each row's event goes on the bus."""

import os

import boto3
import publisher

OUTBOX = boto3.resource("dynamodb").Table(os.environ["OUTBOX_TABLE"])


def handler(event, context):
    """Publish the event of each row, and then remove the row."""
    for row in rows():
        publisher.publish(row["event"])
        OUTBOX.delete_item(Key={"id": row["id"]})


def rows():
    """Every row, the events of one locker in their order."""
    found, scan = [], {"ConsistentRead": True}
    while True:
        page = OUTBOX.scan(**scan)
        found += page["Items"]
        if "LastEvaluatedKey" not in page:
            return sorted(found, key=lambda row: (row["event"]["locker"], row["event"]["seq"]))
        scan["ExclusiveStartKey"] = page["LastEvaluatedKey"]
