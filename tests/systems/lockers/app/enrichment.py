"""The enrichment of a pipe: it makes messages of the records of the events table's stream."""

import records


def handler(found, context):
    """Return the message of each record."""
    return [message(records.event_of(record)) for record in found]


def message(event):
    """The message of one event."""
    return {"locker": event["locker"], "seq": int(event["seq"]), "kind": event["kind"],
            "data": event["data"]}
