"""The order of a row."""

import json
import os

import boto3

views = boto3.resource("dynamodb").Table(os.environ["VIEWS"])


def handler(event, context):
    id = event["pathParameters"]["id"]
    found = views.get_item(Key={"id": id}, ConsistentRead=True) if len(id) <= 128 else {}
    order = found.get("Item", {}).get("order")
    return {"statusCode": 200 if order else 404, "headers": {"content-type": "application/json"},
            "body": json.dumps(order or {"message": "there is no such order"})}
