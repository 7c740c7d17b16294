"""The event store and the bus: one item for each event, a stream for each product or basket."""

import json
import os
import uuid

import boto3
from botocore.exceptions import ClientError

TABLE = boto3.resource("dynamodb").Table(os.environ["EVENTS_TABLE"])
EVENTS = boto3.client("events")


class ConflictError(Exception):
    """Another command on the same stream came first."""


def load(stream):
    """Every event of a stream, oldest first."""
    query = {"KeyConditionExpression": "subject_of = :stream", "ConsistentRead": True,
             "ExpressionAttributeValues": {":stream": stream}}
    items = []
    while True:
        page = TABLE.query(**query)
        items += page["Items"]
        if "LastEvaluatedKey" not in page:
            return items
        query["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def append(stream, version, kind, data):
    """Store an event under the next version, or raise ConflictError; then publish it."""
    item = {"subject_of": stream, "version": version, "type": kind, "eventId": str(uuid.uuid4()),
            "data": data}
    try:
        TABLE.put_item(Item=item, ConditionExpression="attribute_not_exists(subject_of)")
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        if all(there["eventId"] != item["eventId"] for there in load(stream)):
            raise ConflictError from error
    member = "basketId" if stream.startswith("BASKET#") else "productId"
    detail = {member: stream.partition("#")[2], "eventId": item["eventId"], "version": version,
              "data": data}
    answer = EVENTS.put_events(Entries=[{
        "Source": "shop", "DetailType": kind, "Detail": json.dumps(detail),
        "EventBusName": os.environ["BUS"]}])
    if answer["FailedEntryCount"]:
        raise RuntimeError("the bus has not taken the event")


def reply(status, document):
    """A response of the API."""
    return {"statusCode": status, "headers": {"Content-Type": "application/json"},
            "body": json.dumps(document)}
