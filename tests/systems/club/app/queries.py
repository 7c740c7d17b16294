"""The list of all members, which is the only query of the club."""

import json
import os

import boto3

VIEWS = boto3.resource("dynamodb").Table(os.environ["VIEWS_TABLE"])


def list_members(event, context):
    """GET /members."""
    found, more = [], {}
    while True:
        page = VIEWS.scan(ConsistentRead=True, **more)
        found += [shown(item) for item in page["Items"] if not item.get("gone")]
        if "LastEvaluatedKey" not in page:
            break
        more = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"},
            "body": json.dumps({"members": found})}


def shown(item):
    """A member as the list shows it."""
    return {"id": item["id"], "name": item["name"], "points": str(item["points"])}
