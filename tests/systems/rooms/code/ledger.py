"""Entries of rooms in one table; beside them the number of the last one that was announced."""

import json
import os
import uuid

import boto3
from botocore.exceptions import ClientError

TABLE = boto3.resource("dynamodb").Table(os.environ["LEDGER"])
EVENTS = boto3.client("events")


def load(room):
    """Every entry of a room, oldest first."""
    query = {"KeyConditionExpression": "room = :room AND #number > :none",
             "ExpressionAttributeNames": {"#number": "number"}, "ConsistentRead": True,
             "ExpressionAttributeValues": {":room": room, ":none": 0}}
    entries = []
    while True:
        page = TABLE.query(**query)
        entries += [plain(item) for item in page["Items"]]
        if "LastEvaluatedKey" not in page:
            return entries
        query["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def plain(item):
    """An entry with numbers that JSON knows."""
    return {**item, "number": int(item["number"]), "data": json.loads(item["data"])}


def append(entry):
    """Store an entry; False if another one has its number.

    The SDK repeats a put whose response is lost: then the entry that is there is this one.
    """
    item = {**entry, "data": json.dumps(entry["data"]), "token": str(uuid.uuid4())}
    try:
        TABLE.put_item(Item=item, ConditionExpression="attribute_not_exists(room)")
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return any(there.get("token") == item["token"] for there in load(entry["room"]))
    return True


def announced(room):
    """The number of the last entry that was announced."""
    found = TABLE.get_item(Key={"room": room, "number": 0}, ConsistentRead=True).get("Item")
    return int(found["announced"]) if found else 0


def announce(entry):
    """Put an entry on the bus, and note its number."""
    detail = {name: entry[name] for name in ("room", "number", "data")}
    answer = EVENTS.put_events(Entries=[{
        "Source": "rooms", "DetailType": entry["what"], "Detail": json.dumps(detail),
        "EventBusName": os.environ["BUS"]}])
    if answer["FailedEntryCount"]:
        raise RuntimeError("the bus has not taken the entry")
    TABLE.update_item(
        Key={"room": entry["room"], "number": 0}, UpdateExpression="SET announced = :number",
        ExpressionAttributeValues={":number": entry["number"]})


def fold(entries):
    """A room after some entries; None if it is not open."""
    room = None
    for entry in entries:
        data = entry["data"]
        if entry["what"] == "ROOM_OPENED":
            room = {"title": data["title"], "seats": data["seats"], "free": data["seats"]}
        elif entry["what"] == "SEATS_BOOKED":
            room["free"] -= data["seats"]
        else:
            room = None
    return room
