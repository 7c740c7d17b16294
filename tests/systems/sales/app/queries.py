"""Queries of sales."""

import json
import os

import boto3

VIEWS = boto3.resource("dynamodb").Table(os.environ["VIEWS"])
MEMBERS = ("saleId", "customer", "quantity", "discount", "changes")


def handler(event, context):
    """Show a sale that is open; between the events of its placing it has no quantity yet."""
    key = {"saleId": event["pathParameters"]["id"]}
    view = VIEWS.get_item(Key=key, ConsistentRead=True).get("Item")
    if not view or not view["open"]:
        return reply(404, {})
    return reply(200, {name: view.get(name, 0) for name in MEMBERS})


def reply(status, body):
    """An answer of an HTTP API."""
    return {"statusCode": status, "headers": {"content-type": "application/json"},
            "body": json.dumps(body, default=int)}
