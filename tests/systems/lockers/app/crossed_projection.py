"""The projection that a pipe hands the messages of a queue, which hold events of a bus."""

import json

import bus_projection


def handler(messages, context):
    """Project each message; those that fail are received again."""
    failed = []
    for message in messages:
        try:
            bus_projection.handler(json.loads(message["body"]), context)
        except Exception as error:
            print(f"failed: {error!r}")
            failed.append({"itemIdentifier": message["messageId"]})
    return {"batchItemFailures": failed}
