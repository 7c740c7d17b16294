"""The publisher behind the stream of the events table: stored events become messages of a topic."""

import json
import os

import boto3
import records

SNS = boto3.client("sns")


def handler(event, context):
    """Publish all records at once, and report the first that the topic has not taken."""
    numbers = [records.number_of(record) for record in event["Records"]]
    entries = [entry(str(place), records.event_of(record))
               for place, record in enumerate(event["Records"])]
    failed = []
    for start in range(0, len(entries), 10):
        answer = SNS.publish_batch(TopicArn=os.environ["TOPIC"],
                                   PublishBatchRequestEntries=entries[start : start + 10])
        failed += [int(each["Id"]) for each in answer.get("Failed", [])]
    return {"batchItemFailures": [{"itemIdentifier": numbers[place]} for place in failed]}


def entry(id, event):
    """The message of one event."""
    told = {"locker": event["locker"], "seq": int(event["seq"]), "kind": event["kind"],
            "data": event["data"]}
    return {"Id": id, "Message": json.dumps(told), "MessageAttributes": {
        "kind": {"DataType": "String", "StringValue": event["kind"]}}}
