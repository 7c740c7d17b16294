"""GET /orders/{orderId}."""

import json
import os

import boto3

views = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def handler(event, context):
    """Answer a REST API."""
    id = event["pathParameters"]["orderId"]
    known = len(id) < 200
    item = views.get_item(Key={"id": id}, ConsistentRead=True).get("Item", {}) if known else {}
    view = item.get("view")
    return {
        "statusCode": 404 if view is None else 200,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps({"message": "not found"} if view is None else view),
    }
