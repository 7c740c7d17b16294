"""Raises on a gap, to be delivered again; soft delete; conditional update by version."""

import os

import boto3
from botocore.exceptions import ClientError

T = boto3.resource("dynamodb").Table(os.environ["TABLE"])
FIELDS = ("orderId", "customer", "createdAt", "updatedAt")
GONE = {
    "OrderCreated": ("updatedAt", "deletedAt"),
    "OrderUpdated": (),
    "OrderDeleted": FIELDS,
}


def main(event, ctx):
    e = event["detail"]
    v = e["version"]
    if not isinstance(v, int) or not isinstance(e["orderId"], str):
        raise ValueError("not an event of ours")
    given = {k: e[k] for k in FIELDS if k in e and k not in GONE[e["type"]]}
    given["version"] = v
    if e["type"] == "OrderDeleted":
        given["deletedAt"] = "now"
    expression = "SET " + ", ".join(f"#{k} = :{k}" for k in given)
    if GONE[e["type"]]:
        expression += " REMOVE " + ", ".join(GONE[e["type"]])
    values = {f":{k}": x for k, x in given.items()}
    try:
        T.update_item(
            Key={"id": e["orderId"]},
            UpdateExpression=expression,
            ConditionExpression="attribute_not_exists(#version)" if v == 1 else "#version = :was",
            ExpressionAttributeNames={f"#{k}": k for k in given},
            ExpressionAttributeValues=values if v == 1 else {**values, ":was": v - 1},
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        seen = int(error.response.get("Item", {}).get("version", {}).get("N", "0"))
        if seen < v:
            raise RuntimeError("an earlier event is missing") from None
