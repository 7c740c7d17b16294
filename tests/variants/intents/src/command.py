"""Commands. A row takes the next event first; then it goes into the bucket and on the bus."""

import hashlib
import json
import os
import uuid

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from rules import Bad, apply, body_of, command_of, header, refused

s3, bus = boto3.client("s3"), boto3.client("events")
rows = boto3.resource("dynamodb").Table(os.environ["ROWS"])
Lost = rows.meta.client.exceptions.ConditionalCheckFailedException


class Busy(Exception):
    pass


def handler(event, context):
    try:
        take(command_of(body_of(event)), header(event, "idempotency-key"))
    except Bad as bad:
        return reply(bad.status, bad.text)
    except Busy:
        return reply(409, "others are at work on the order, send it again")
    except (ClientError, BotoCoreError, OSError) as error:
        print("failed", repr(error))
        return reply(503, "please send it again")
    return reply(200, "done")


def reply(status, message):
    return {"statusCode": status, "headers": {"content-type": "application/json"},
            "body": json.dumps({"message": message})}


def take(command, key):
    key = key or str(uuid.uuid4())  # known again where the SDK has repeated a call
    for _ in range(8):
        row = find(command["orderId"])
        if row["pending"]:
            bring_home(row)
        known = row["keys"].get(key)
        if known == digest(command):
            return None
        if known:
            raise Bad(422, None, "the key was used for another command")
        status = refused(row["order"], command)
        if status:
            raise Bad(status, None, "not in this state")
        new = after(row, command, key)
        if replaced(row, new):
            return bring_home(new)
    raise Busy


def find(order):
    nothing = {"id": order, "version": 0, "order": None, "pending": None, "keys": {}}
    return rows.get_item(Key={"id": order}, ConsistentRead=True).get("Item") or nothing


def digest(command):
    return hashlib.sha256(json.dumps(command, sort_keys=True).encode()).hexdigest()


def after(row, command, key):
    version = int(row["version"]) + 1
    event = {**command, "eventId": str(uuid.uuid4()), "version": version}
    keys = {**row["keys"], key: digest(command)}
    return {"id": row["id"], "version": version, "order": apply(row["order"], event),
            "pending": json.dumps(event), "keys": keys}


def replaced(row, new):
    condition, values = "attribute_not_exists(id)", {}
    if row["version"]:
        condition, values = "version = :seen AND pending = :none", {
            "ExpressionAttributeValues": {":seen": row["version"], ":none": None}}
    try:
        rows.put_item(Item=new, ConditionExpression=condition, **values)
    except Lost:
        return False
    return True


def bring_home(row):
    """Store and publish what is pending; several may do so, and only then is it pending no more."""
    event = json.loads(row["pending"])
    s3.put_object(Bucket=os.environ["BUCKET"], Key=f"{row['id']}/{event['version']:06d}",
                  Body=row["pending"])
    entry = {"EventBusName": os.environ["BUS"], "Source": "intents", "DetailType": event["type"],
             "Detail": row["pending"]}
    if bus.put_events(Entries=[entry])["FailedEntryCount"]:
        raise OSError("not published")
    try:
        rows.update_item(Key={"id": row["id"]}, UpdateExpression="SET pending = :none",
                         ConditionExpression="pending = :this",
                         ExpressionAttributeValues={":none": None, ":this": row["pending"]})
    except Lost:
        print("another one was faster")
