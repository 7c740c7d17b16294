"""GET /orders/{id}: the view, with its version beside it."""

import json
import os

import boto3
from boto3.dynamodb.conditions import Key

VIEWS = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def handler(event, context):
    """Answer an HTTP API; without a statusCode a result is the body of a 200."""
    found = VIEWS.query(
        KeyConditionExpression=Key("id").eq(event["pathParameters"]["id"][:200] or "-"),
        ConsistentRead=True)["Items"]
    if not found or "orderId" not in found[0]:
        return {"statusCode": 404, "headers": {"content-type": "application/json"},
                "body": json.dumps({"error": "not found"})}
    return {name: int(value) if name == "version" else value
            for name, value in found[0].items() if name != "id"}
