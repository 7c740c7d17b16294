"""Queries on the stock of items."""

import os

import boto3

VIEWS = boto3.resource("dynamodb").Table(os.environ["VIEWS_TABLE"])


def get_item(payload, context):
    """The view of an item, or null."""
    sku = payload.get("sku")
    if not isinstance(sku, str) or not 1 <= len(sku) <= 128:
        return {"item": None}
    try:
        sku.encode("utf-8")
    except UnicodeEncodeError:
        return {"item": None}
    found = VIEWS.get_item(Key={"sku": sku}, ConsistentRead=True).get("Item")
    if found is None or found.get("retired"):
        return {"item": None}
    return {"item": {"sku": sku, "name": found["name"], "onHand": int(found["onHand"])}}
