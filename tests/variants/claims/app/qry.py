"""One view, if it is not marked as deleted."""

import json
import os

import boto3
from boto3.dynamodb.conditions import Key

T = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def main(event, ctx):
    oid = event["pathParameters"]["orderId"]
    got = (
        T.query(KeyConditionExpression=Key("id").eq(oid), ConsistentRead=True, Limit=1)["Items"]
        if len(oid) < 1000
        else []
    )
    if not got or "orderId" not in got[0]:
        return {
            "statusCode": 404,
            "headers": {"Content-Type": "application/problem+json"},
            "body": json.dumps({"title": "Not Found"}),
        }
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps(got[0], default=int),
    }
