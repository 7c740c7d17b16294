"""The projection: the view of a ticket is folded anew for each of its events."""

import os

import boto3
import store
from botocore.exceptions import ClientError

VIEWS = boto3.resource("dynamodb").Table(os.environ["VIEWS_TABLE"])


def handler(event, context):
    """Fold the ticket that an event is about, unless its view is as new already."""
    ticket_id = (event.get("detail") or {}).get("ticketId")
    if not isinstance(ticket_id, str):
        return
    items = store.load(ticket_id)
    ticket = store.fold(items)
    if ticket is None:
        return
    try:
        VIEWS.put_item(
            Item={"id": ticket_id, "version": len(items), **ticket},
            ConditionExpression="attribute_not_exists(id) OR version < :new",
            ExpressionAttributeValues={":new": len(items)})
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
