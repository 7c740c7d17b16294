"""One view; the reply leaves status and headers to API Gateway."""

import json
import os

import boto3

table = boto3.resource("dynamodb").Table(os.environ["VIEWS"])
NOT_FOUND = {
    "statusCode": 404,
    "headers": {"Content-Type": "application/problem+json"},
    "body": '{"type":"about:blank","title":"Not Found","status":404}',
}


def lambda_handler(event, context):
    parts = event["pathParameters"]["proxy"].split("/")
    if len(parts) != 2 or parts[0] != "orders" or not parts[1] or len(parts[1]) > 128:
        return NOT_FOUND
    item = table.get_item(Key={"id": parts[1]}, ConsistentRead=True).get("Item")
    if not item or not item["json"]:
        return NOT_FOUND
    return {**json.loads(item["json"]), "_rev": int(item["rev"])}
