"""The events of an order, and what they add up to."""

import json
import os

import boto3
from botocore.exceptions import ClientError

s3 = boto3.client("s3")
BUCKET = os.environ["EVENTS"]


def load(order):
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=f"{order}/")
    keys = [o["Key"] for page in pages for o in page.get("Contents", [])]
    return [json.loads(s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()) for key in keys]


def append(event):
    try:
        s3.put_object(Bucket=BUCKET, Key=f"{event['orderId']}/{event['version']:05d}.json",
                      Body=json.dumps(event), IfNoneMatch="*")
    except ClientError as error:
        if error.response["Error"]["Code"] in ("PreconditionFailed", "ConditionalRequestConflict"):
            return False
        raise
    return True


def fold(events):
    order = None
    for event in events:
        if event["type"] == "OrderDeleted":
            order = None
            continue
        order = {**(order or {}) , **{n: event[n] for n in (
            "orderId", "customer", "createdAt", "updatedAt") if n in event}}
    return order
