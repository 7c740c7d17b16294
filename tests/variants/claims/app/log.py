"""The events of an order."""

import json
import os

import boto3

s3 = boto3.client("s3")
B = os.environ["BUCKET"]


def load(oid):
    keys = [
        o["Key"]
        for p in s3.get_paginator("list_objects").paginate(Bucket=B, Prefix=f"{oid}/events/")
        for o in p.get("Contents", [])
    ]
    return sorted(
        (json.load(s3.get_object(Bucket=B, Key=k)["Body"]) for k in keys),
        key=lambda e: e["version"],
    )
