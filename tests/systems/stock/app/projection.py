"""The projection: each event changes the view by what it says, in the order of the numbers."""

import os

import boto3
from botocore.exceptions import ClientError

VIEWS = boto3.resource("dynamodb").Table(os.environ["VIEWS_TABLE"])
SIGNS = {"RECEIVED": 1, "SHIPPED": -1}


class TooEarlyError(Exception):
    """An event before this one has not been projected yet: it has to come again."""


def handler(event, context):
    """Project one event; one that is known changes nothing."""
    detail, kind = event.get("detail") or {}, event.get("detail-type")
    sku, seq = detail.get("sku"), detail.get("seq")
    if kind not in ("REGISTERED", "RETIRED", *SIGNS) or not isinstance(sku, str):
        return
    if not isinstance(seq, int):
        return
    view = VIEWS.get_item(Key={"sku": sku}, ConsistentRead=True).get("Item") or {
        "sku": sku, "seq": 0, "onHand": 0}
    if view["seq"] >= seq:
        return
    if view["seq"] < seq - 1:
        raise TooEarlyError(f"event {seq} of {sku}")
    before = view["seq"]
    project(view, kind, detail["data"])
    view["seq"] = seq
    store(view, before)


def project(view, kind, data):
    """Change the view by an event."""
    if kind == "REGISTERED":
        view["name"] = data["name"]
    elif kind == "RETIRED":
        view["retired"] = True
    else:
        view["onHand"] += SIGNS[kind] * data["quantity"]


def store(view, before):
    """Write the view, unless it has been changed since it was read."""
    condition = "seq = :before" if before else "attribute_not_exists(sku)"
    values = {"ExpressionAttributeValues": {":before": before}} if before else {}
    try:
        VIEWS.put_item(Item=view, ConditionExpression=condition, **values)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
            raise TooEarlyError("another event came first") from error
        raise
