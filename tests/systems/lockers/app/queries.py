"""Queries on lockers."""

import os

import boto3

VIEWS = boto3.resource("dynamodb").Table(os.environ["VIEWS_TABLE"])


def handler(payload, context):
    """The view of a locker, or null."""
    locker = payload.get("locker")
    if not isinstance(locker, str) or not locker.isascii() or not 1 <= len(locker) <= 128:
        return {"locker": None}
    found = VIEWS.get_item(Key={"locker": locker}, ConsistentRead=True).get("Item")
    if found is None or found.get("removed"):
        return {"locker": None}
    shown = {name: found[name] for name in ("locker", "size", "parcel") if name in found}
    return {"locker": shown}
