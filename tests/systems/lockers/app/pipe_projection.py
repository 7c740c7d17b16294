"""The projection behind a queue of a topic that a pipe publishes to: messages hold stored items."""

import json

import records
import views


def handler(event, context):
    """Project each message; those that fail are received again."""
    failed = []
    for record in event["Records"]:
        try:
            views.project(stored(json.loads(record["body"])["Message"]))
        except Exception as error:
            print(f"failed: {error!r}")
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def stored(message):
    """The stored event in a message, or nothing that is one."""
    told = json.loads(message)
    if "item" not in told:
        return {"kind": None, "locker": None, "seq": 0}
    return records.event_of({"dynamodb": {"NewImage": told["item"]}})
