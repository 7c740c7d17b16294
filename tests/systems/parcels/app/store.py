"""Events of parcels in one table, with a snapshot of each fifth state and a note of requests."""

import json
import os

import boto3
from botocore.exceptions import ClientError

CLIENT = boto3.client("dynamodb")
TABLE = boto3.resource("dynamodb").Table(os.environ["TABLE"])
EVERY = 5


class ConflictError(Exception):
    """Another command on the same parcel came first."""


def load(parcel):
    """The parcel's state and version: from its snapshot, and the events after that."""
    found = TABLE.get_item(Key={"pk": parcel, "sk": "SNAPSHOT"}, ConsistentRead=True).get("Item")
    state = json.loads(found["state"]) if found else None
    version = int(found["version"]) if found else 0
    for item in after(parcel, version):
        state = evolve(state, item["kind"], json.loads(item["data"]))
        version += 1
    return state, version


def after(parcel, version):
    """The events of a parcel after a version, oldest first."""
    query = {"KeyConditionExpression": "pk = :pk AND sk BETWEEN :first AND :last",
             "ConsistentRead": True,
             "ExpressionAttributeValues": {
                 ":pk": parcel, ":first": key(version + 1), ":last": key(99_999_999)}}
    while True:
        page = TABLE.query(**query)
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        query["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def key(version):
    """The sort key of an event."""
    return f"EVENT#{version:08}"


def evolve(state, kind, data):
    """A parcel after an event."""
    if kind == "registered":
        return {"to": data["to"], "scans": [], "delivered": False}
    if kind == "scanned":
        return {**state, "scans": [*state["scans"], data]}
    return {**state, "delivered": True}


def request(parcel, name):
    """The content of an earlier request by that name; None if there was none."""
    found = TABLE.get_item(
        Key={"pk": parcel, "sk": f"REQUEST#{name}"}, ConsistentRead=True).get("Item")
    return found["content"] if found else None


def append(parcel, version, kind, data, name):
    """Store an event with its request, or raise ConflictError."""
    content = json.dumps([kind, data])
    event = {"pk": parcel, "sk": key(version), "kind": kind, "data": json.dumps(data)}
    items = [event]
    if name is not None:
        items.append({"pk": parcel, "sk": f"REQUEST#{name}", "content": content})
    try:
        CLIENT.transact_write_items(TransactItems=[
            {"Put": {"TableName": os.environ["TABLE"], "Item": typed(item),
                     "ConditionExpression": "attribute_not_exists(pk)"}} for item in items])
    except ClientError as error:
        if error.response["Error"]["Code"] == "TransactionCanceledException":
            raise ConflictError from error
        raise


def typed(item):
    """An item of texts in the form of the low-level client."""
    return {name: {"S": value} for name, value in item.items()}


def keep(parcel, state, version):
    """Keep a snapshot, unless there is a newer one."""
    if version % EVERY:
        return
    try:
        TABLE.put_item(
            Item={"pk": parcel, "sk": "SNAPSHOT", "version": version, "state": json.dumps(state)},
            ConditionExpression="attribute_not_exists(pk) OR version < :version",
            ExpressionAttributeValues={":version": version})
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
