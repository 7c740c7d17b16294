"""Accounts, folded when they are asked for."""

import os

import boto3
import rules

client = boto3.client("dynamodb")


def handler(event, context):
    account = event["pathParameters"]["account"]
    found = {}
    if len(account) < 150:
        found = client.get_item(TableName=os.environ["TABLE"], Key={"id": {"S": account}})
    view = rules.fold(rules.loads(found["Item"]["events"]["S"])) if "Item" in found else None
    if view is None:
        return {"statusCode": 404, "body": "{}"}
    return rules.text({**view, "version": int(found["Item"]["version"]["N"])})
