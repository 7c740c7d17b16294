"""Commands on baskets of a shop that is open, with products that there are."""

import base64
import json
import os
import re
import uuid

import boto3
import store

SHOPS = boto3.resource("dynamodb").Table(os.environ["SHOPS_TABLE"])
BASKET_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
ATTEMPTS = 4
MOST = 5


def handler(event, context):
    """POST /shops/{shopId}/baskets, and below it items and order."""
    parameters = event.get("pathParameters") or {}
    shop = SHOPS.get_item(Key={"pk": f"SHOP#{parameters['shopId']}"}).get("Item")
    if shop is None or not shop["open"]:
        return store.reply(404, {"message": "no such shop"})
    basket_id = parameters.get("basketId")
    if basket_id is None:
        basket_id = str(uuid.uuid4())
        store.append(f"BASKET#{basket_id}", 1, "BasketOpened", {})
        return store.reply(201, {"id": basket_id})
    if not BASKET_ID.fullmatch(basket_id):
        return store.reply(404, {"message": "no such basket"})
    if event["routeKey"].endswith("/order"):
        return change(basket_id, "BasketOrdered", {})
    line = line_of(event, shop)
    if line is None:
        return store.reply(400, {"message": "productId and quantity, please"})
    return change(basket_id, "ItemPut", line)


def line_of(event, shop):
    """The line in a request; None if it is no line, or its product is not there."""
    content = event.get("body") or ""
    try:
        if event.get("isBase64Encoded"):
            content = base64.b64decode(content).decode()
        found = json.loads(content)
    except ValueError:
        return None
    if not isinstance(found, dict):
        return None
    product, quantity = found.get("productId"), found.get("quantity")
    whole = isinstance(quantity, int) and not isinstance(quantity, bool) and 1 <= quantity <= 20
    if not whole or product not in shop["stock"]:
        return None
    return {"productId": product, "quantity": quantity}


def change(basket_id, kind, data):
    """Store and publish what happens to a basket that is not ordered."""
    stream = f"BASKET#{basket_id}"
    for _ in range(ATTEMPTS):
        items = store.load(stream)
        lines = [item for item in items if item["type"] == "ItemPut"]
        if not items:
            return store.reply(404, {"message": "no such basket"})
        if items[-1]["type"] == "BasketOrdered":
            return store.reply(409, {"message": "the basket is ordered"})
        if (kind == "ItemPut" and len(lines) == MOST) or (kind == "BasketOrdered" and not lines):
            return store.reply(409, {"message": "the basket is full, or empty"})
        try:
            store.append(stream, len(items) + 1, kind, data)
        except store.ConflictError:
            continue
        return store.reply(200, {"id": basket_id})
    return store.reply(409, {"message": "others are changing the basket, try again"})
