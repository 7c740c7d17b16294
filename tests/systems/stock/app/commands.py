"""Commands on the stock of items: each is a function that others invoke directly."""

import json
import os
import re
import uuid

import boto3
from botocore.exceptions import ClientError

TABLE = boto3.resource("dynamodb").Table(os.environ["EVENTS_TABLE"])
EVENTS = boto3.client("events")
SKU = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
ATTEMPTS = 4
MOST = 1000


def register(payload, context):
    """Take an item into the range."""
    name = payload.get("name")
    plain = isinstance(name, str) and 1 <= len(name) <= 100
    if not plain or any(c < " " or "\ud800" <= c <= "\udfff" for c in name):
        return invalid("name")
    return change(payload, "REGISTERED", {"name": name})


def receive(payload, context):
    """Put some of an item into the store."""
    return moved(payload, "RECEIVED")


def ship(payload, context):
    """Take some of an item out of the store."""
    return moved(payload, "SHIPPED")


def retire(payload, context):
    """Take an item out of the range for good."""
    return change(payload, "RETIRED", {})


def moved(payload, kind):
    """Receive or ship a quantity."""
    quantity = payload.get("quantity")
    if type(quantity) is not int or not 1 <= quantity <= MOST:
        return invalid("quantity")
    return change(payload, kind, {"quantity": quantity})


def change(payload, kind, data):
    """Store and publish what happens to an item, unless the rules are against it."""
    sku, request = payload.get("sku"), payload.get("requestId")
    if not isinstance(sku, str) or not SKU.fullmatch(sku):
        return invalid("sku")
    for _ in range(ATTEMPTS):
        events = load(sku)
        for event in events:
            if not event.get("sent"):
                publish(event)
        known = [e for e in events if request is not None and e.get("request") == request]
        if known:
            same = (known[0]["kind"], known[0]["data"]) == (kind, data)
            return done() if same else rejected("the request was another one")
        reason = refusal(fold(events), kind, data)
        if reason:
            return rejected(reason)
        event = {"sku": sku, "seq": len(events) + 1, "kind": kind, "data": data, "sent": False,
                 "token": str(uuid.uuid4())}
        if request is not None:
            event["request"] = request
        try:
            TABLE.put_item(Item=event, ConditionExpression="attribute_not_exists(sku)")
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            if not is_there(event):
                continue
        publish(event)
        return done()
    return rejected("others are changing the item")


def is_there(event):
    """Tell if an event is stored: the SDK repeats a put whose response is lost."""
    return any(there.get("token") == event["token"] for there in load(event["sku"]))


def refusal(item, kind, data):
    """Why the rules are against it; empty if they are not."""
    if kind == "REGISTERED":
        return "" if item is None else "the item is there"
    if item is None or item["retired"]:
        return "there is no such item"
    if kind == "SHIPPED" and data["quantity"] > item["onHand"]:
        return "there is not so much of it"
    if kind == "RETIRED" and item["onHand"]:
        return "there is some of it left"
    return ""


def fold(events):
    """An item after some events; None before the first."""
    item = None
    for event in events:
        data = event["data"]
        if event["kind"] == "REGISTERED":
            item = {"name": data["name"], "onHand": 0, "retired": False}
        elif event["kind"] == "RETIRED":
            item["retired"] = True
        else:
            item["onHand"] += data["quantity"] * (1 if event["kind"] == "RECEIVED" else -1)
    return item


def load(sku):
    """Every event of an item, oldest first."""
    query = {"KeyConditionExpression": "sku = :sku", "ConsistentRead": True,
             "ExpressionAttributeValues": {":sku": sku}}
    events = []
    while True:
        page = TABLE.query(**query)
        events += page["Items"]
        if "LastEvaluatedKey" not in page:
            return events
        query["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def publish(event):
    """Put an event on the bus and note that it is there."""
    detail = {"sku": event["sku"], "seq": int(event["seq"]), "data": plain(event["data"])}
    answer = EVENTS.put_events(Entries=[{
        "Source": "stock", "DetailType": event["kind"], "Detail": json.dumps(detail),
        "EventBusName": os.environ["BUS"]}])
    if answer["FailedEntryCount"]:
        raise RuntimeError("the bus has not taken the event")
    TABLE.update_item(Key={"sku": event["sku"], "seq": event["seq"]},
                      UpdateExpression="SET sent = :yes",
                      ExpressionAttributeValues={":yes": True})


def plain(data):
    """An event's data with numbers that JSON knows."""
    return {name: value if isinstance(value, str) else int(value) for name, value in data.items()}


def done():
    """The command took effect."""
    return {"outcome": "DONE"}


def rejected(reason):
    """The rules are against the command."""
    return {"outcome": "REJECTED", "reason": reason}


def invalid(name):
    """A member is missing or wrong."""
    return {"outcome": "INVALID", "reason": f"{name} is missing or wrong"}
