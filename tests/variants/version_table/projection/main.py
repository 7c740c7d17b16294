"""The view from scratch, kept with a version that is compared as text."""

import os
from decimal import Decimal

import boto3
from botocore.exceptions import ClientError
from shop import log, orders

views = boto3.resource("dynamodb").Table(os.environ["VIEWS"])


def handler(event, context):
    order = event["detail"].get("orderId")
    if not isinstance(order, str) or not orders.ID.fullmatch(order):
        return {"ignored": True}
    history = log.load(order)
    if not history:
        return {"ignored": True}
    view = orders.fold(history)
    try:
        views.put_item(
            Item={"id": order, "version": str(len(history)).zfill(9), "gone": view is None,
                  "order": view, "length": Decimal(len(history))},
            ConditionExpression="attribute_not_exists(id) OR version < :version",
            ExpressionAttributeValues={":version": str(len(history)).zfill(9)})
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
    return {"projected": len(history)}
