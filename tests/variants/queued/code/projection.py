"""Events from the queue, in any order. One that is early waits in its order's item."""

import json
import os

import boto3
import orders
from botocore.exceptions import ClientError

views = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def handler(event, context):
    """Project a batch; names the messages that have to come again."""
    again = []
    for record in event["Records"]:
        try:
            project(json.loads(record["body"])["event"])
        except Exception as error:
            print(json.dumps({"message": record["messageId"], "failed": repr(error)}))
            again.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": again}


def project(event):
    """Bring one event into the item, at once or when those before it are there."""
    check(event)
    for _ in range(6):
        item = views.get_item(Key={"id": event["orderId"]}, ConsistentRead=True).get("Item")
        item = item or {"id": event["orderId"], "writes": 0, "version": 0, "early": {}}
        if event["version"] <= item["version"] or str(event["version"]) in item["early"]:
            return
        if replaced(item, after(item, event)):
            return
    raise RuntimeError("others were always faster")


def check(event):
    """Raise if this is no event of an order."""
    orders.read(json.dumps(event))
    if type(event.get("version")) is not int or event["version"] < 1:
        raise ValueError("no version")


def after(item, event):
    """The item with one more event, and with those that waited for it."""
    early = {**item["early"], str(event["version"]): json.dumps(event)}
    view, version = item.get("view"), int(item["version"])
    while str(version + 1) in early:
        version += 1
        view = orders.apply(view, json.loads(early.pop(str(version))))
    new = {**item, "early": early, "version": version, "view": view}
    return {name: value for name, value in new.items() if value is not None}


def replaced(old, new):
    """Write the item unless somebody else has; whether that went well."""
    new = {**new, "writes": old["writes"] + 1}
    try:
        views.put_item(
            Item=new,
            ConditionExpression="attribute_not_exists(id) OR writes = :seen",
            ExpressionAttributeValues={":seen": old["writes"]},
        )
    except ClientError as error:
        if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
            return False
        raise
    return True
