"""Brings a row up to the event that was delivered, with those before it from the bucket."""

import json
import os

import boto3
from rules import ID, SPEC, apply

s3, views = boto3.client("s3"), boto3.resource("dynamodb").Table(os.environ["VIEWS"])
Lost = views.meta.client.exceptions.ConditionalCheckFailedException


def handler(event, context):
    detail = event.get("detail")
    if not isinstance(detail, dict) or detail.get("type") not in SPEC or not ID.fullmatch(
            str(detail.get("orderId"))) or type(detail.get("version")) is not int:
        return
    for _ in range(8):
        row = views.get_item(Key={"id": detail["orderId"]}, ConsistentRead=True).get("Item", {})
        if detail["version"] <= row.get("version", 0) or replaced(row, detail):
            return
    raise RuntimeError("others are at work on the row")


def replaced(row, detail):
    order, seen = row.get("order"), int(row.get("version", 0))
    for version in range(seen + 1, detail["version"] + 1):
        found = s3.get_object(Bucket=os.environ["BUCKET"], Key=f"{detail['orderId']}/{version:06d}")
        order = apply(order, json.loads(found["Body"].read()))
    condition, values = "attribute_not_exists(id)", {}
    if row:
        condition, values = "version = :seen", {"ExpressionAttributeValues": {":seen": seen}}
    try:
        views.put_item(Item={"id": detail["orderId"], "version": detail["version"], "order": order},
                       ConditionExpression=condition, **values)
    except Lost:
        return False
    return True
