"""The projection behind the shards of a stream."""

import base64
import json

import views


def handler(event, context):
    """Project records in their order; the first that fails comes again with those behind it."""
    for record in event["Records"]:
        try:
            told = json.loads(base64.b64decode(record["kinesis"]["data"]))
            if isinstance(told.get("locker"), str) and isinstance(told.get("seq"), int):
                views.project(told)
        except Exception as error:
            print(f"failed: {error!r}")
            return {"batchItemFailures": [{"itemIdentifier": number_of(record)}]}
    return {"batchItemFailures": []}


def number_of(record):
    """The number by which a record is reported."""
    return record["kinesis"]["sequenceNumber"]
