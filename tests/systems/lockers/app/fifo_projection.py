"""The projection behind a FIFO queue."""

import json

import views


def handler(event, context):
    """Project messages in their order; the first that fails comes again with those behind it."""
    for place, record in enumerate(event["Records"]):
        try:
            told = json.loads(record["body"])
            if "locker" in told:
                views.project(told)
        except Exception as error:
            print(f"failed: {error!r}")
            return {"batchItemFailures": [
                {"itemIdentifier": each["messageId"]} for each in event["Records"][place:]]}
    return {"batchItemFailures": []}
