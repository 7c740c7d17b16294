"""The events of lockers as items of a table, each with a row of the outbox."""

import os
import time

import boto3
from boto3.dynamodb.types import TypeSerializer
from botocore.exceptions import ClientError
from table_store import load

DYNAMODB = boto3.client("dynamodb")
SERIALIZER = TypeSerializer()
WEEK = 7 * 24 * 3600


def stored(event):
    """Store an event and its row; False if another event is there."""
    row = {"id": f"{event['locker']}#{event['seq']}", "event": event,
           "expires": int(time.time()) + WEEK}
    try:
        DYNAMODB.transact_write_items(TransactItems=[
            {"Put": {"TableName": os.environ["EVENTS_TABLE"], "Item": serialized(event),
                     "ConditionExpression": "attribute_not_exists(locker)"}},
            {"Put": {"TableName": os.environ["OUTBOX_TABLE"], "Item": serialized(row)}}])
    except ClientError as error:
        if error.response["Error"]["Code"] != "TransactionCanceledException":
            raise
        return any(there["token"] == event["token"] for there in load(event["locker"]))
    return True


def serialized(item):
    """An item as DynamoDB JSON."""
    return {name: SERIALIZER.serialize(value) for name, value in item.items()}
