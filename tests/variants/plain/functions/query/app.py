"""Reads one view, kept as a JSON document."""

import json
import os

import boto3

views = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def handler(event, context):
    id = event["pathParameters"]["orderId"]
    if len(id) > 128:
        return {"statusCode": 404}
    item = views.get_item(Key={"id": id}, ConsistentRead=True).get("Item")
    if not item or item["doc"] is None:
        return {"statusCode": 404}
    view = {**json.loads(item["doc"]), "version": int(item["version"])}
    return {"statusCode": 200, "headers": {"content-type": "application/json"},
            "body": json.dumps(view)}
