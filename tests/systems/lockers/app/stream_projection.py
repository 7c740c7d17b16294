"""The projection behind the stream of the events table."""

import records
import views


def handler(event, context):
    """Project records in their order; the first that fails comes again with those behind it."""
    for record in event["Records"]:
        try:
            if records.is_event(record):
                views.project(records.event_of(record))
        except Exception as error:
            print(f"failed: {error!r}")
            return {"batchItemFailures": [{"itemIdentifier": records.number_of(record)}]}
    return {"batchItemFailures": []}
