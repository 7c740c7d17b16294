"""Queries on baskets."""

import os
import re

import boto3
import store

VIEWS = boto3.resource("dynamodb").Table(os.environ["VIEWS_TABLE"])
BASKET_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def get_basket(event, context):
    """GET /baskets/{basketId}, with the prices of its products."""
    basket_id = (event.get("pathParameters") or {}).get("basketId", "")
    found = view(basket_id) if BASKET_ID.fullmatch(basket_id) else None
    if found is None:
        return store.reply(404, {"message": "no such basket"})
    lines = [{"productId": line["productId"], "quantity": int(line["quantity"]),
              "price": int(view(f"PRODUCT#{line['productId']}")["price"])}
             for line in found["lines"]]
    return store.reply(200, {"id": basket_id, "lines": lines, "ordered": found["ordered"]})


def view(key):
    """An item of the read model."""
    return VIEWS.get_item(Key={"id": key}, ConsistentRead=True).get("Item")
