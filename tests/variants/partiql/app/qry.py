"""One row by SELECT; its document is the reply."""

import os

import boto3

d = boto3.client("dynamodb")
SELECT = f'SELECT * FROM "{os.environ["TABLE"]}" WHERE id = ?'
JSON = {"Content-Type": "application/json"}


def main(event, ctx):
    oid = event["pathParameters"]["orderId"]
    found = []
    if 0 < len(oid) <= 128:
        found = d.execute_statement(
            Statement=SELECT, Parameters=[{"S": oid}], ConsistentRead=True
        )["Items"]
    if not found or found[0]["doc"]["S"] == "null":
        return {"statusCode": 404, "headers": JSON, "body": '{"message": "no such order"}'}
    return {"statusCode": 200, "headers": JSON, "body": found[0]["doc"]["S"]}
