"""The publisher behind the stream of the outbox: each new row's event goes on the bus."""

import publisher
import records


def handler(event, context):
    """Publish new rows in their order; rows that change or expire say nothing new."""
    for record in event["Records"]:
        try:
            if record["eventName"] == "INSERT":
                publisher.publish(records.event_of(record)["event"])
        except Exception as error:
            print(f"failed: {error!r}")
            return {"batchItemFailures": [{"itemIdentifier": records.number_of(record)}]}
    return {"batchItemFailures": []}
