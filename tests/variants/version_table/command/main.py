"""Commands: the version and the key are taken in one transaction, then the event is stored."""

import base64
import hashlib
import json
import os
import time
import uuid

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from shop import log, orders

dynamodb = boto3.resource("dynamodb")
ledger = dynamodb.Table(os.environ["LEDGER"])
events = boto3.client("events")


class Conflict(Exception):
    pass


class Busy(Exception):
    pass


def handler(event, context):
    if event["requestContext"]["http"]["method"] != "POST":
        return respond(405, "post only")
    body = event.get("body") or ""
    try:
        if event["isBase64Encoded"]:
            body = base64.b64decode(body).decode()
        if len(body) > 30_000:
            return respond(413, "too large")
        command = orders.read(body)
        key = event["headers"].get("idempotency-key")
        return {"statusCode": 202, "headers": {"content-type": "application/json"},
                "body": json.dumps(take(command, key)), "cookies": ["seen=1; Secure"]}
    except (orders.Invalid, UnicodeDecodeError):
        return respond(400, "invalid")
    except orders.Refused as refusal:
        return respond(409, str(refusal))
    except Conflict:
        return respond(422, "this key belongs to another command")
    except Busy:
        return respond(429, "busy")
    except (ClientError, BotoCoreError, OSError) as error:
        print("failed", type(error).__name__)
        return respond(503, "try again")


def respond(status, message):
    return {"statusCode": status, "body": json.dumps({"message": message}),
            "headers": {"Content-Type": "application/problem+json"}}


def take(command, key):
    order = command["orderId"]
    name = f"KEY#{order}#{hashlib.sha256(key.encode()).hexdigest()}" if key else None
    digest = hashlib.sha256(json.dumps(command, sort_keys=True).encode()).hexdigest()
    id = str(uuid.uuid4())
    for _ in range(7):
        known = find(name) if name else None
        if known and known["digest"] != digest:
            raise Conflict
        last = find(f"LAST#{order}")
        if last:
            publish(json.loads(last["event"]))
        if known:
            again = json.loads(known["event"])
            publish(again)
            return {"eventId": again["eventId"]}
        history = log.load(order)
        if last and len(history) != last["version"]:
            continue
        orders.decide(orders.fold(history), command)
        event = {**command, "eventId": id, "version": len(history) + 1,
                 "at": int(time.time() * 1000)}
        if commit(event, name, digest):
            publish(event)
            return {"eventId": id}
        time.sleep(0.1)
    raise Busy


def find(name):
    return ledger.get_item(Key={"pk": name}, ConsistentRead=True).get("Item")


def commit(event, name, digest):
    """The version and the key are taken together, or neither."""
    text = json.dumps(event)
    items = [{"Put": {
        "TableName": ledger.name,
        "Item": {"pk": f"LAST#{event['orderId']}", "version": event["version"], "event": text},
        "ConditionExpression": "attribute_not_exists(pk) OR version = :before",
        "ExpressionAttributeValues": {":before": event["version"] - 1}}}]
    if name:
        items.append({"Put": {
            "TableName": ledger.name,
            "Item": {"pk": name, "digest": digest, "event": text},
            "ConditionExpression": "attribute_not_exists(pk)"}})
    try:
        ledger.meta.client.transact_write_items(TransactItems=items)
    except ClientError as error:
        if error.response["Error"]["Code"] == "TransactionCanceledException":
            return False
        raise
    return True


def publish(event):
    """From the ledger into the bucket and onto the bus; once more does no harm."""
    log.put(event)
    done = events.put_events(Entries=[{
        "EventBusName": os.environ["BUS_NAME"], "Source": "shop.orders",
        "DetailType": event["type"], "Detail": json.dumps(event), "Resources": []}])
    if done["FailedEntryCount"]:
        raise OSError("not published")
