"""Shows the view."""

import os

import boto3
from web import reply

views = boto3.resource("dynamodb").Table(os.environ["VIEWS_TABLE"])


def handler(event, context):
    tank = (event.get("pathParameters") or {}).get("id") or ""
    row = (
        views.get_item(Key={"id": tank}, ConsistentRead=True).get("Item")
        if 0 < len(tank) < 200
        else None
    )
    if not row or "name" not in row:
        return reply(404, {"message": "there is none"})
    return reply(200, {"tankId": tank, "name": row["name"], "level": row["level"]})
