"""The events of lockers as objects of a bucket."""

import json
import os

import boto3
from botocore.exceptions import ClientError

S3 = boto3.client("s3")
BUCKET = os.environ["EVENTS_BUCKET"]


def stored(event):
    """Store an event at its place; False if another one is there."""
    key = f"locker={event['locker']}/seq={event['seq']:06d}.json"
    try:
        S3.put_object(Bucket=BUCKET, Key=key, Body=json.dumps(event), IfNoneMatch="*")
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code not in ("PreconditionFailed", "ConditionalRequestConflict"):
            raise
        return any(there["token"] == event["token"] for there in load(event["locker"]))
    return True


def load(locker):
    """Every event of a locker, oldest first."""
    pages = S3.get_paginator("list_objects_v2").paginate(
        Bucket=BUCKET, Prefix=f"locker={locker}/")
    keys = [found["Key"] for page in pages for found in page.get("Contents", [])]
    return [read(BUCKET, key) for key in sorted(keys)]


def read(bucket, key):
    """The event in an object."""
    return json.loads(S3.get_object(Bucket=bucket, Key=key)["Body"].read())
