"""The projection behind the queue of events."""

import json
import os

import boto3

VIEWS = boto3.resource("dynamodb").Table(os.environ["VIEWS"])


class TooEarlyError(Exception):
    """An event came before its predecessor."""


def handler(event, context):
    """Project messages in their order; the first that fails comes again with those behind it."""
    for place, record in enumerate(event["Records"]):
        try:
            project(json.loads(record["body"]))
        except Exception as error:
            print(f"failed: {error!r}")
            return {"batchItemFailures": [
                {"itemIdentifier": each["messageId"]} for each in event["Records"][place:]]}
    return {"batchItemFailures": []}


def project(told):
    """Bring a view from the version before an event to the event's version."""
    sale, version, kind = (told.get(name) for name in ("saleId", "version", "type"))
    if not isinstance(sale, str) or not isinstance(version, int):
        return
    view = VIEWS.get_item(Key={"saleId": sale}, ConsistentRead=True).get("Item")
    before = int(view["version"]) if view else 0
    if before >= version:
        return
    if before < version - 1:
        raise TooEarlyError(f"event {version} of {sale}")
    view = changed(view, kind, told["data"])
    VIEWS.put_item(
        Item={**view, "saleId": sale, "version": version},
        ConditionExpression="attribute_not_exists(saleId) OR version = :v",
        ExpressionAttributeValues={":v": before})


def changed(view, kind, data):
    """A view after an event."""
    if kind == "SalePlaced":
        return {"customer": data["customer"], "discount": False, "changes": 0, "open": True}
    if kind == "QuantitySet":
        return {**view, "quantity": data["quantity"], "changes": view["changes"] + 1}
    if kind == "DiscountChanged":
        return {**view, "discount": data["granted"]}
    return {**(view or {}), "open": False}
