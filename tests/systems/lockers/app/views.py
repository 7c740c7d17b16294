"""The views of lockers: each event changes one by what it says, in the order of the numbers."""

import os

import boto3
from botocore.exceptions import ClientError

VIEWS = boto3.resource("dynamodb").Table(os.environ["VIEWS_TABLE"])
KINDS = ("INSTALLED", "FILLED", "EMPTIED", "REMOVED")


class TooEarlyError(Exception):
    """An event before this one has not been projected yet: it has to come again."""


def project(event):
    """Project one event; one that is known, or of an unknown kind, changes nothing."""
    locker, seq, kind = event["locker"], int(event["seq"]), event["kind"]
    if kind not in KINDS:
        print(f"passed over {kind} of {locker}")
        return
    view = VIEWS.get_item(Key={"locker": locker}, ConsistentRead=True).get("Item") or {
        "locker": locker, "seq": 0}
    before = int(view["seq"])
    if before >= seq:
        return
    if before < seq - 1:
        raise TooEarlyError(f"event {seq} of {locker}")
    if kind == "INSTALLED":
        view["size"] = event["data"]["size"]
    elif kind == "FILLED":
        view["parcel"] = event["data"]["parcel"]
    elif kind == "EMPTIED":
        del view["parcel"]
    else:
        view["removed"] = True
    store({**view, "seq": seq}, before)


def store(view, before):
    """Write the view, unless it has been changed since it was read."""
    condition = "seq = :before" if before else "attribute_not_exists(locker)"
    values = {"ExpressionAttributeValues": {":before": before}} if before else {}
    try:
        VIEWS.put_item(Item=view, ConditionExpression=condition, **values)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
            raise TooEarlyError("another event came first") from error
        raise
