"""Commands on sales: their events, the head and the request are stored all together or not."""

import base64
import json
import os
import re

import boto3
from botocore.exceptions import ClientError

DYNAMODB = boto3.resource("dynamodb")
TABLE = DYNAMODB.Table(os.environ["STORE"])
SALE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
CONTROLS = re.compile("[\0-\x1f\ud800-\udfff]")
MEMBERS = {"place": ("customer", "quantity"), "change": ("quantity",), "cancel": ("reason",)}
ATTEMPTS = 4
MANY = 10


def handler(event, context):
    """Answer an HTTP API."""
    try:
        text = event.get("body") or ""
        body = json.loads(base64.b64decode(text) if event.get("isBase64Encoded") else text)
        command, sale, data = body["command"], body["saleId"], body["data"]
        data = {name: checked(name, data[name]) for name in MEMBERS[command]}
        if not SALE.fullmatch(sale):
            raise ValueError(sale)
    except (ValueError, KeyError, TypeError, OverflowError):
        return reply(400)
    return reply(handled(command, sale, data, body.get("requestId")))


def checked(name, value):
    """A member that is as it should be."""
    if name == "quantity":
        fine = not isinstance(value, bool) and value == int(value) and 1 <= value <= 20
        value = int(value)
    elif name == "customer":
        fine = 1 <= len(value) <= 60 and not CONTROLS.search(value)
    else:
        fine = value in ("refund", "mistake")
    if not fine:
        raise ValueError(name)
    return value


def handled(command, sale, data, request):
    """The status of the answer to a command."""
    asked = json.dumps([command, data], sort_keys=True)
    for _ in range(ATTEMPTS):
        known = request and item(sale, f"REQUEST#{request}")
        if known:
            return 200 if known["asked"] == asked else 422
        head = item(sale, "HEAD") or {"version": 0, "sale": None}
        events = decided(head["sale"], command, data)
        if not events:
            return 409
        if stored(sale, head, events, request, asked):
            return 200
    return 409


def item(sale, place):
    """An item of a sale, if it is there."""
    key = {"pk": sale, "sk": place}
    return TABLE.get_item(Key=key, ConsistentRead=True).get("Item")


def decided(sale, command, data):
    """The events of a command; none if the rules are against it."""
    if (command == "place") != (sale is None):
        return []
    if command == "cancel":
        return [("SaleCancelled", data)]
    if sale and sale["quantity"] == data["quantity"]:
        return []
    events = [("QuantitySet", {"quantity": data["quantity"]})]
    if command == "place":
        events.insert(0, ("SalePlaced", {"customer": data["customer"]}))
    had = bool(sale and sale["discount"])
    if (data["quantity"] >= MANY) != had:
        events.append(("DiscountChanged", {"granted": not had}))
    return events


def evolved(sale, kind, data):
    """A sale after an event."""
    if kind == "SaleCancelled":
        return None
    if kind == "SalePlaced":
        return {"discount": False}
    return {**sale, **({"discount": data["granted"]} if kind == "DiscountChanged" else data)}


def stored(sale, head, events, request, asked):
    """Store events, the head after them, and the request; False if another command was faster."""
    before = version = int(head["version"])
    state, items = head["sale"], []
    for kind, data in events:
        version, state = version + 1, evolved(state, kind, data)
        items.append(put({"sk": f"EVENT#{version:08d}", "type": kind, "data": data}, sale))
    items.append(put({"sk": "HEAD", "version": version, "sale": state}, sale,
                     "attribute_not_exists(pk) OR version = :v", {":v": before}))
    if request:
        items.append(put({"sk": f"REQUEST#{request}", "asked": asked}, sale))
    try:
        DYNAMODB.meta.client.transact_write_items(TransactItems=items)
    except ClientError as error:
        if error.response["Error"]["Code"] != "TransactionCanceledException":
            raise
        return False
    return True


def put(attributes, sale, condition="attribute_not_exists(pk)", values=None):
    """An item of a transaction."""
    given = {"ExpressionAttributeValues": values} if values else {}
    return {"Put": {"TableName": TABLE.name, "Item": {"pk": sale, **attributes},
                    "ConditionExpression": condition, **given}}


def reply(status):
    """An answer of an HTTP API."""
    return {"statusCode": status, "headers": {"content-type": "application/json"}, "body": "{}"}
