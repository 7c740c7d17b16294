"""The events of lockers as items of a table."""

import os

import boto3
from botocore.exceptions import ClientError

TABLE = boto3.resource("dynamodb").Table(os.environ["EVENTS_TABLE"])


def stored(event):
    """Store an event at its place; False if another one is there."""
    try:
        TABLE.put_item(Item=event, ConditionExpression="attribute_not_exists(locker)")
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return any(there["token"] == event["token"] for there in load(event["locker"]))
    return True


def load(locker):
    """Every event of a locker, oldest first."""
    query = {"KeyConditionExpression": "locker = :locker", "ConsistentRead": True,
             "ExpressionAttributeValues": {":locker": locker}}
    events = []
    while True:
        page = TABLE.query(**query)
        events += page["Items"]
        if "LastEvaluatedKey" not in page:
            return events
        query["ExclusiveStartKey"] = page["LastEvaluatedKey"]
