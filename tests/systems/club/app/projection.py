"""The projection: a member is folded anew for each event."""

import os

import boto3
import store
from botocore.exceptions import ClientError

VIEWS = boto3.resource("dynamodb").Table(os.environ["VIEWS_TABLE"])


def handler(event, context):
    """Fold the member that an event is about, unless the view is as new already."""
    member = (event.get("detail") or {}).get("member")
    if not isinstance(member, str):
        return
    events = store.load(member)
    if not events:
        return
    found = store.fold(events) or {"gone": True}
    try:
        VIEWS.put_item(
            Item={"id": member, "version": len(events), **found},
            ConditionExpression="attribute_not_exists(id) OR version < :new",
            ExpressionAttributeValues={":new": len(events)})
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
