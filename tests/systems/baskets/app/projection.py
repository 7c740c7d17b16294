"""The projection: prices of products, and the view of a basket, folded anew for each event."""

import os

import boto3
import store
from botocore.exceptions import ClientError

VIEWS = boto3.resource("dynamodb").Table(os.environ["VIEWS_TABLE"])


def handler(event, context):
    """Note the price of a product, or fold the basket that an event is about."""
    detail = event.get("detail") or {}
    if event.get("detail-type") == "ProductAdded":
        product_id = detail["productId"]
        VIEWS.put_item(Item={"id": f"PRODUCT#{product_id}", "price": detail["data"]["price"]})
        return
    basket_id = detail.get("basketId")
    items = store.load(f"BASKET#{basket_id}") if isinstance(basket_id, str) else []
    if items:
        write(basket_id, items)


def write(basket_id, items):
    """Write the view of a basket, unless a newer one is there."""
    lines = [item["data"] for item in items if item["type"] == "ItemPut"]
    ordered = items[-1]["type"] == "BasketOrdered"
    try:
        VIEWS.put_item(
            Item={"id": basket_id, "version": len(items), "lines": lines, "ordered": ordered},
            ConditionExpression="attribute_not_exists(id) OR version < :new",
            ExpressionAttributeValues={":new": len(items)})
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
