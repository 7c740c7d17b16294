"""The relay behind the stream of the store: each event becomes a message of its sale's group."""

import json
import os
from hashlib import sha256

import boto3
from boto3.dynamodb.types import TypeDeserializer

SQS = boto3.client("sqs")
VALUE = TypeDeserializer().deserialize


def handler(event, context):
    """Send events in their order; the first that fails comes again with those behind it."""
    for record in event["Records"]:
        try:
            send({name: VALUE(value) for name, value in record["dynamodb"]["NewImage"].items()})
        except Exception as error:
            print(f"failed: {error!r}")
            return {"batchItemFailures": [
                {"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
    return {"batchItemFailures": []}


def send(item):
    """Send the message of one event; what is none is passed over."""
    kind, version = item.get("type"), item["sk"].partition("#")[2]
    if not isinstance(kind, str) or not version.isdigit():
        return
    told = {"saleId": item["pk"], "version": int(version), "type": kind, "data": item.get("data")}
    SQS.send_message(
        QueueUrl=os.environ["QUEUE"], MessageGroupId=item["pk"],
        MessageDeduplicationId=sha256(f"{version}-{item['pk']}".encode()).hexdigest(),
        MessageBody=json.dumps(told, default=int))
