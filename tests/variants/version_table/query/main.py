"""Everything that is no command comes here."""

import json
import os
from urllib.parse import unquote

import boto3

views = boto3.resource("dynamodb").Table(os.environ["VIEWS"])


def handler(event, context):
    """The default route: what is not a command comes here."""
    parts = event["rawPath"].strip("/").split("/")
    method = event["requestContext"]["http"]["method"]
    if len(parts) != 2 or parts[0] != "orders" or method != "GET":
        return {"statusCode": 404}
    id = unquote(parts[1])
    if not 0 < len(id.encode("utf-8", "replace")) <= 128:
        return {"statusCode": 404}
    found = views.get_item(Key={"id": id}, ConsistentRead=True,
                           ProjectionExpression="#order, gone",
                           ExpressionAttributeNames={"#order": "order"}).get("Item")
    if found is None or found["gone"]:
        return {"statusCode": 404, "body": "<h1>Not Found</h1>",
                "headers": {"content-type": "text/html"}}
    return {"statusCode": 200, "body": json.dumps(found["order"], ensure_ascii=False),
            "headers": {"content-type": "application/json; charset=utf-8",
                        "cache-control": "no-store"}}
