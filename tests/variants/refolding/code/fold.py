"""Any event of an order: fold all its events again, and write what came out if it is newer."""

import os

import boto3
import orders
import store
from botocore.exceptions import ClientError

BUCKET, TABLE = os.environ["BUCKET"], os.environ["TABLE"]
VIEWS = boto3.resource("dynamodb").Table(TABLE)


def handler(detail, context):
    """Only the id is read; what a notice says beside it is not needed."""
    order = (detail or {}).get("orderId")
    if not isinstance(order, str) or not orders.ID.fullmatch(order):
        print("not about an order")
        return
    events = store.load(BUCKET, order)
    if events:
        write(order, len(events), orders.fold(events))


def write(order, version, view):
    """Write the view unless there is a newer one; it is spread over the item's attributes."""
    names = ("orderId", "customer", "createdAt", "updatedAt")
    shown = view or {}
    sets = ", ".join(["version = :version", *(f"{n} = :{n}" for n in names if n in shown)])
    gone = ", ".join(name for name in names if name not in shown)
    values = {":version": version, **{f":{name}": value for name, value in shown.items()}}
    try:
        VIEWS.update_item(
            Key={"id": order},
            UpdateExpression=f"SET {sets}" + (f" REMOVE {gone}" if gone else ""),
            ConditionExpression="attribute_not_exists(version) OR version < :version",
            ExpressionAttributeValues=values,
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
