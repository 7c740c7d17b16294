"""The publisher behind the stream of the events table: stored events become records of shards."""

import json
import os

import boto3
import records

KINESIS = boto3.client("kinesis")


def handler(event, context):
    """Put records, and report the first that the stream has not taken."""
    numbers = [records.number_of(record) for record in event["Records"]]
    for places in rounds(event["Records"]):
        entries = [entry(records.event_of(event["Records"][place])) for place in places]
        answer = KINESIS.put_records(StreamName=os.environ["STREAM"], Records=entries)
        failed = [place for place, each in zip(places, answer["Records"], strict=True)
                  if "ErrorCode" in each]
        if failed:
            return {"batchItemFailures": [{"itemIdentifier": numbers[place]} for place in failed]}
    return {"batchItemFailures": []}


def rounds(found):
    """The places of records for each request: a locker's second event goes with the second one.

    A request may fail in part: what follows in the same one would overtake what has failed.
    """
    made = []
    seen = {}
    for place, record in enumerate(found):
        locker = records.event_of(record)["locker"]
        number = seen[locker] = seen.get(locker, -1) + 1
        if number == len(made):
            made.append([])
        made[number].append(place)
    return made


def entry(event):
    """The record of one event: a locker's events are in one shard."""
    told = {"locker": event["locker"], "seq": int(event["seq"]), "kind": event["kind"],
            "data": event["data"]}
    return {"Data": json.dumps(told), "PartitionKey": event["locker"]}
