"""The projection behind a queue that is subscribed to a topic."""

import json

import views


def handler(event, context):
    """Project each message; those that fail are received again."""
    failed = []
    for record in event["Records"]:
        try:
            views.project(json.loads(unwrapped(record["body"])))
        except Exception as error:
            print(f"failed: {error!r}")
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def unwrapped(body):
    """The message of a topic, which its queue gets in a document."""
    return json.loads(body)["Message"]
