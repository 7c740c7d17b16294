"""The query of parcels: it folds the events when it is asked."""

import json
import re

import store

PARCEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


def handler(event, context):
    """GET /parcels/{parcel}."""
    parcel = (event.get("pathParameters") or {}).get("parcel", "")
    state = store.load(parcel)[0] if PARCEL.fullmatch(parcel) else None
    if state is None or state["delivered"]:
        return reply(404, {"error": "no such parcel"})
    return reply(200, {"parcel": parcel, "to": state["to"], "scans": state["scans"]})


def reply(status, document):
    """A response of the API."""
    return {"statusCode": status, "headers": {"Content-Type": "application/json"},
            "body": json.dumps(document)}
