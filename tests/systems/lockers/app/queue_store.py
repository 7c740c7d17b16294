"""The events of lockers as items of a table, each sent to a queue once it is stored."""

import hashlib
import json
import os

import boto3
import table_store

SQS = boto3.client("sqs")


def stored(event):
    """Store and send an event; False if another one is there."""
    if not table_store.stored(event):
        return False
    send(event)
    return True


def load(locker):
    """Every event of a locker; those that a crash has left are sent."""
    events = table_store.load(locker)
    for event in events:
        if not event.get("sent"):
            send(event)
    return events


def send(event):
    """Send an event, and note that it is sent."""
    told = {"locker": event["locker"], "seq": int(event["seq"]), "kind": event["kind"],
            "data": event["data"]}
    token = hashlib.sha256(f"{told['locker']}#{told['seq']}".encode()).hexdigest()
    SQS.send_message(QueueUrl=os.environ["QUEUE_URL"], MessageBody=json.dumps(told),
                     MessageGroupId=told["locker"], MessageDeduplicationId=token)
    table_store.TABLE.update_item(
        Key={"locker": event["locker"], "seq": event["seq"]}, UpdateExpression="SET sent = :yes",
        ExpressionAttributeValues={":yes": True})
