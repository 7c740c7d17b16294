"""Views, as they are packed."""

import base64
import os

import boto3

views = boto3.resource("dynamodb").Table(os.environ["VIEWS"])
HEADERS = {"Content-Type": "application/json", "Content-Encoding": "gzip",
           "Vary": "Accept-Encoding"}


def handler(event, context):
    account = event["pathParameters"]["id"]
    item = views.get_item(Key={"id": account}).get("Item") if len(account) < 129 else None
    if not item or not item["z"]:
        return {"statusCode": 404}
    body = base64.b64encode(item["z"].value).decode()
    return {"statusCode": 200, "isBase64Encoded": True, "body": body, "headers": HEADERS}
