"""The events of one order: events/ID/vN, N written so that it sorts."""

import json

import boto3
from botocore.exceptions import ClientError

S3 = boto3.client("s3")


def key(order, version):
    """Where an event lies."""
    return f"events/{order}/v{version:08d}"


def load(bucket, order):
    """All events of an order, oldest first."""
    names, token = [], {}
    while True:
        page = S3.list_objects_v2(Bucket=bucket, Prefix=f"events/{order}/v", **token)
        names += [found["Key"] for found in page.get("Contents", [])]
        if not page["IsTruncated"]:
            break
        token = {"ContinuationToken": page["NextContinuationToken"]}
    return [json.loads(S3.get_object(Bucket=bucket, Key=name)["Body"].read()) for name in names]


def put_new(bucket, name, text):
    """Write an object where there is none; whether there was none."""
    try:
        S3.put_object(Bucket=bucket, Key=name, Body=text.encode(), IfNoneMatch="*")
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] in (409, 412):
            return False
        raise
    return True


def put(bucket, name, text):
    """Write an object, whatever there was."""
    S3.put_object(Bucket=bucket, Key=name, Body=text.encode())


def remove(bucket, name):
    """Remove an object."""
    S3.delete_object(Bucket=bucket, Key=name)
