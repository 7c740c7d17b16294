"""The view from scratch: folds all stored events of the order that the event is about."""

import json
import os

import boto3
from botocore.exceptions import ClientError

s3 = boto3.client("s3")
views = boto3.resource("dynamodb").Table(os.environ["TABLE"])
BUCKET = os.environ["BUCKET"]


def load(id):
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=f"orders/{id}/")
    keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
    return [json.loads(s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()) for key in keys]


def fold(events):
    order = None
    for event in events:
        if event["type"] == "OrderCreated":
            order = {name: event[name] for name in ("orderId", "customer", "createdAt")}
        elif event["type"] == "OrderDeleted":
            order = None
        else:
            order = {**order, "updatedAt": event["updatedAt"],
                     "customer": event.get("customer", order["customer"])}
    return order


def handler(event, context):
    events = load(event["orderId"])
    order = fold(events)
    try:
        views.update_item(
            Key={"id": event["orderId"]},
            UpdateExpression="SET version = :version, doc = :doc",
            ConditionExpression="attribute_not_exists(version) OR version < :version",
            ExpressionAttributeValues={":version": len(events),
                                       ":doc": json.dumps(order) if order else None},
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
