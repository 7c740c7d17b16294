"""The function behind the stream of the events table: each stored event is one invocation."""

import json
import os

import boto3
import records

LAMBDA = boto3.client("lambda")


def handler(event, context):
    """Pass records on in their order; the first that fails comes again with those behind it."""
    for record in event["Records"]:
        try:
            pass_on(envelope(records.event_of(record)))
        except Exception as error:
            print(f"failed: {error!r}")
            return {"batchItemFailures": [{"itemIdentifier": records.number_of(record)}]}
    return {"batchItemFailures": []}


def envelope(event):
    """Another function's envelope around an event."""
    told = {"locker": event["locker"], "seq": int(event["seq"]), "kind": event["kind"],
            "data": event["data"]}
    answer = LAMBDA.invoke(FunctionName=os.environ["ENVELOPE"], Payload=json.dumps(told))
    made = json.load(answer["Payload"])
    if "FunctionError" in answer:
        raise RuntimeError(made["errorMessage"])
    return made


def pass_on(told):
    """Invoke the projection, and do not wait for it."""
    LAMBDA.invoke(FunctionName=os.environ["PROJECTION"], InvocationType="Event",
                  Payload=json.dumps(told))
