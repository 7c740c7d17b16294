"""The event store: one object for each event, and a note of what has been published."""

import json
import os

import boto3
from botocore.exceptions import ClientError

S3 = boto3.client("s3")
BUCKET = os.environ["EVENTS_BUCKET"]
TAKEN = ("PreconditionFailed", "ConditionalRequestConflict")


class ConflictError(Exception):
    """Another command on the same member came first."""


def load(member):
    """Every event of a member, oldest first."""
    pages = S3.get_paginator("list_objects_v2").paginate(
        Bucket=BUCKET, Prefix=f"members/{member}/")
    keys = [found["Key"] for page in pages for found in page.get("Contents", [])]
    return [json.loads(S3.get_object(Bucket=BUCKET, Key=key)["Body"].read())
            for key in sorted(keys)]


def append(member, version, event):
    """Store an event under the next version, or raise ConflictError.

    The SDK repeats a put whose response is lost: then the event that is there is this one.
    """
    try:
        S3.put_object(Bucket=BUCKET, Key=f"members/{member}/{version:08}.json",
                      Body=json.dumps(event).encode(), IfNoneMatch="*")
    except ClientError as error:
        if error.response["Error"]["Code"] not in TAKEN:
            raise
        if all(there["id"] != event["id"] for there in load(member)):
            raise ConflictError from error


def published(member):
    """The version up to which the events of a member have been published."""
    try:
        found = S3.get_object(Bucket=BUCKET, Key=f"published/{member}")
    except S3.exceptions.NoSuchKey:
        return 0
    return int(found["Body"].read())


def note_published(member, version):
    """Note up to which version the events of a member have been published."""
    S3.put_object(Bucket=BUCKET, Key=f"published/{member}", Body=str(version).encode())


def fold(events):
    """A member after some events; None if there is none."""
    member = None
    for event in events:
        if event["what"] == "joined":
            member = {"name": event["data"]["name"], "points": 0}
        elif event["what"] == "left":
            member = None
        else:
            member["points"] += event["data"]["points"]
    return member
