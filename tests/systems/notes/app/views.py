"""The views of notes: what projects them, and GET /notes/{note}."""

import json
import os
import re

import boto3
from botocore.exceptions import ClientError

VIEWS = boto3.resource("dynamodb").Table(os.environ["VIEWS"])
NOTE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


def project(event, context):
    """Write the view as an event says it, unless a later event came before."""
    detail, what = event.get("detail") or {}, event.get("detail-type")
    note, version, data = detail.get("note"), detail.get("version"), detail.get("data")
    if what not in ("written", "removed") or not isinstance(note, str):
        return
    if not isinstance(version, int) or not isinstance(data, dict):
        return
    try:
        VIEWS.put_item(
            Item={"note": note, "version": version, "removed": what == "removed", **data},
            ConditionExpression="attribute_not_exists(note) OR version < :version",
            ExpressionAttributeValues={":version": version})
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise


def show(event, context):
    """The view of a note."""
    note = (event.get("pathParameters") or {}).get("note") or ""
    found = None
    if NOTE.fullmatch(note):
        found = VIEWS.get_item(Key={"note": note}, ConsistentRead=True).get("Item")
    if found is None or found["removed"]:
        return reply(404, {"error": "no such note"})
    return reply(200, {"title": found["title"], "text": found["text"]})


def reply(status, document):
    """A response of the API."""
    return {"statusCode": status, "headers": {"Content-Type": "application/json"},
            "body": json.dumps(document)}
