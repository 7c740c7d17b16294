"""The views of profiles: what projects them, and GET /profiles/{profile}."""

import json
import os
import re

import boto3
import events as log
from botocore.exceptions import ClientError

VIEWS = boto3.resource("dynamodb").Table(os.environ["VIEWS"])
PROFILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


def project(event, context):
    """Fold the profile that an event is about, unless its view is as new already."""
    profile = (event.get("detail") or {}).get("profile")
    history = log.load(profile) if isinstance(profile, str) else []
    if not history:
        return
    found = log.fold(history) or {"deleted": True}
    try:
        VIEWS.put_item(
            Item={"profile": profile, "version": len(history), **found},
            ConditionExpression="attribute_not_exists(profile) OR version < :version",
            ExpressionAttributeValues={":version": len(history)})
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise


def show(event, context):
    """The view of a profile, with its version as its ETag."""
    profile = (event.get("pathParameters") or {}).get("profile") or ""
    found = None
    if PROFILE.fullmatch(profile):
        found = VIEWS.get_item(Key={"profile": profile}, ConsistentRead=True).get("Item")
    if found is None or found.get("deleted"):
        return reply(404, {"error": "none"})
    email = {} if found["email"] is None else {"email": found["email"]}
    return reply(200, {"profile": profile, "name": found["name"], **email,
                       "revision": int(found["version"])}, found["version"])


def reply(status, document, version=None):
    """A response of the API."""
    tag = {} if version is None else {"ETag": f'"{version}"'}
    return {"statusCode": status, "headers": {"Content-Type": "application/json", **tag},
            "body": json.dumps(document)}
