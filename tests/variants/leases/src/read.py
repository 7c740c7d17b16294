"""One row, by a query."""

import json
import os

import boto3
from boto3.dynamodb.conditions import Key

T = boto3.resource("dynamodb").Table(os.environ["READ_TABLE"])


def handle(event, context):
    oid = (event["pathParameters"] or {}).get("id", "")
    if not 0 < len(oid.encode("utf-8", "replace")) <= 1024:
        return {
            "statusCode": 404,
            "headers": {"Content-Type": "application/json"},
            "body": '{"error": "order not found"}',
        }
    found = T.query(KeyConditionExpression=Key("id").eq(oid), ConsistentRead=True)["Items"]
    if not found or found[0].get("gone"):
        return {
            "statusCode": 404,
            "headers": {"Content-Type": "application/json"},
            "body": json.dumps({"error": f"order {oid} not found"}),
        }
    it = found[0]
    it["version"] = int(it["version"])
    return {
        "statusCode": 200,
        "headers": {
            "Content-Type": "application/json; charset=UTF-8",
            "ETag": f'"{it["version"]}"',
        },
        "body": json.dumps(it),
    }
