"""The event store: one item for each event, in the table of events."""

import json
import os
import uuid

import boto3
from botocore.exceptions import ClientError

TABLE = boto3.resource("dynamodb").Table(os.environ["EVENTS_TABLE"])


class ConflictError(Exception):
    """Another command on the same ticket came first."""


def load(ticket_id):
    """Every event of a ticket, oldest first."""
    query = {"KeyConditionExpression": "pk = :pk", "ConsistentRead": True,
             "ExpressionAttributeValues": {":pk": f"TICKET#{ticket_id}"}}
    items = []
    while True:
        page = TABLE.query(**query)
        items += page["Items"]
        if "LastEvaluatedKey" not in page:
            return items
        query["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def append(ticket_id, version, kind, data):
    """Store an event under the next version, or raise ConflictError.

    The SDK repeats a put whose response is lost: then the event that is there is this one.
    """
    item = {"pk": f"TICKET#{ticket_id}", "sk": f"EVENT#{version:08}", "kind": kind,
            "eventId": str(uuid.uuid4()), "data": json.dumps(data), "published": False}
    try:
        TABLE.put_item(Item=item, ConditionExpression="attribute_not_exists(pk)")
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        if all(there["eventId"] != item["eventId"] for there in load(ticket_id)):
            raise ConflictError from error
    return item


def mark_published(item):
    """Note on an event's item that the bus has taken it."""
    TABLE.update_item(
        Key={"pk": item["pk"], "sk": item["sk"]}, UpdateExpression="SET published = :yes",
        ExpressionAttributeValues={":yes": True})


def fold(items):
    """A ticket after some events; None before the first."""
    ticket = None
    for item in items:
        data = json.loads(item["data"])
        if item["kind"] == "TICKET_OPENED":
            ticket = {"subject": data["subject"], "comments": [], "closed": False}
        elif item["kind"] == "COMMENT_ADDED":
            ticket["comments"].append({"author": data["author"], "text": data["text"]})
        else:
            ticket["closed"] = True
    return ticket
