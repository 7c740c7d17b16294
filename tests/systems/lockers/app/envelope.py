"""The function that puts events into envelopes, for any function that asks."""

FORM = 1


def handler(event, context):
    """Return the envelope of one event."""
    return {"form": FORM, "event": event}
