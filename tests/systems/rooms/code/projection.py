"""The projection: a room is folded anew for each of its entries."""

import os

import boto3
import ledger
from botocore.exceptions import ClientError

ROOMS = boto3.resource("dynamodb").Table(os.environ["ROOMS"])


def handler(event, context):
    """Fold the room that an entry is about, unless its view is as new already."""
    room = (event.get("detail") or {}).get("room")
    entries = ledger.load(room) if isinstance(room, str) and room else []
    if not entries:
        return
    found = ledger.fold(entries)
    view = {"closed": True} if found is None else found
    try:
        ROOMS.put_item(
            Item={"room": room, "entries": len(entries), **view},
            ConditionExpression="attribute_not_exists(room) OR entries < :entries",
            ExpressionAttributeValues={":entries": len(entries)})
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
