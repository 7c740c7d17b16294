"""Products: POST /products."""

import json
import uuid

import store


def add(event, context):
    """Add a product; the server makes its id."""
    document = json.loads(event["body"])
    if not isinstance(document.get("name"), str) or not isinstance(document.get("price"), int):
        return store.reply(400, {"message": "name and price, please"})
    product_id = str(uuid.uuid4())
    store.append(f"PRODUCT#{product_id}", 1, "ProductAdded",
                 {"name": document["name"], "price": document["price"]})
    return store.reply(201, {"product": {"id": product_id}})
