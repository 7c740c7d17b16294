"""Folds what the row has not seen, by the index."""

import os

import index
from rules import apply

VIEWS = index.ddb.Table(os.environ["READ_TABLE"])


def handle(event, context):
    d = event["detail"]
    item = VIEWS.get_item(Key={"id": d["orderId"]}, ConsistentRead=True).get("Item", {})
    at = int(item.get("version", 0))
    if d["version"] <= at:
        return
    order = {
        k: item[k] for k in ("orderId", "customer", "createdAt", "updatedAt") if k in item
    } or None
    for row in index.rows(d["orderId"], at):
        if row["version"] <= d["version"]:
            order = apply(order, index.read(row))
    new = {"id": d["orderId"], "version": d["version"], **(order or {"gone": True})}
    cond = "attribute_not_exists(id)" if not item else "version = :at"
    kw = {} if not item else {"ExpressionAttributeValues": {":at": at}}
    VIEWS.put_item(Item=new, ConditionExpression=cond, **kw)
