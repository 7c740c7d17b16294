"""Each event once: view and mark in one transaction; what is missing is read from the log."""

import hashlib
import json
import os
import time

import boto3
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError
from rules import apply

ddb, s3 = boto3.client("dynamodb"), boto3.client("s3")
S, D = TypeSerializer(), TypeDeserializer()
VIEWS, SEEN, BUCKET = os.environ["VIEWS"], os.environ["SEEN"], os.environ["BUCKET_NAME"]


def stored(oid, version):
    h = hashlib.md5(oid.encode()).hexdigest()
    key = f"events/{h[:2]}/{h[2:4]}/{oid}@/{10**10 - version:011d}"
    return json.load(s3.get_object(Bucket=BUCKET, Key=key)["Body"])


def one(e):
    for _ in range(4):
        got = ddb.get_item(
            TableName=VIEWS, Key={"id": {"S": e["orderId"]}}, ConsistentRead=True
        ).get("Item")
        row = {k: D.deserialize(v) for k, v in (got or {}).items()}
        at = int(row.get("rev", 0))
        if e["version"] <= at:
            return
        order = json.loads(row["json"]) if row.get("json") else None
        for v in range(at + 1, e["version"]):
            order = apply(order, stored(e["orderId"], v))
        order = apply(order, e)
        new = {"id": e["orderId"], "rev": e["version"], "json": json.dumps(order) if order else ""}
        put = {"TableName": VIEWS, "Item": {k: S.serialize(v) for k, v in new.items()}}
        put |= (
            {"ConditionExpression": "rev = :r", "ExpressionAttributeValues": {":r": {"N": str(at)}}}
            if got
            else {"ConditionExpression": "attribute_not_exists(id)"}
        )
        try:
            ddb.transact_write_items(
                TransactItems=[
                    {"Put": put},
                    {
                        "Put": {
                            "TableName": SEEN,
                            "Item": {
                                "eventId": {"S": e["eventId"]},
                                "expires": {"N": str(int(time.time()) + 86400)},
                            },
                            "ConditionExpression": "attribute_not_exists(eventId) OR expires > :z",
                            "ExpressionAttributeValues": {":z": {"N": "0"}},
                        }
                    },
                ]
            )
            return
        except ClientError as x:
            if x.response["Error"]["Code"] not in (
                "TransactionCanceledException",
                "TransactionConflictException",
            ):
                raise
    raise RuntimeError("contention")


def lambda_handler(event, context):
    failed = []
    for r in event["Records"]:
        try:
            if failed:
                raise RuntimeError("a record before this one failed")
            one(json.loads(r["body"]))
        except Exception:
            failed.append({"itemIdentifier": r["messageId"]})
    return {"batchItemFailures": failed}
