"""The event store: one object for each event of a profile."""

import json
import os
import uuid

import boto3
from botocore.exceptions import ClientError

S3 = boto3.client("s3")
BUS = boto3.client("events")
BUCKET = os.environ["EVENTS"]
TAKEN = ("PreconditionFailed", "ConditionalRequestConflict")


def load(profile):
    """Every event of a profile, oldest first."""
    pages = S3.get_paginator("list_objects_v2").paginate(
        Bucket=BUCKET, Prefix=f"profiles/{profile}/")
    keys = sorted(found["Key"] for page in pages for found in page.get("Contents", []))
    return [json.loads(S3.get_object(Bucket=BUCKET, Key=key)["Body"].read()) for key in keys]


def append(event):
    """Store an event; False if another one has its version.

    The SDK puts it again after a response that was lost, and then meets the event itself.
    """
    key, attempt = f"profiles/{event['profile']}/{event['version']:08}.json", str(uuid.uuid4())
    try:
        S3.put_object(Bucket=BUCKET, Key=key, Body=json.dumps(event).encode(), IfNoneMatch="*",
                      Metadata={"attempt": attempt})
    except ClientError as error:
        if error.response["Error"]["Code"] not in TAKEN:
            raise
        return attempt_of(key) == attempt
    return True


def attempt_of(key):
    """The attempt that has stored an object; None if there is no object yet."""
    try:
        return S3.head_object(Bucket=BUCKET, Key=key)["Metadata"].get("attempt")
    except ClientError as error:
        if error.response["Error"]["Code"] == "404":
            return None
        raise


def publish(event):
    """Put an event on the bus."""
    answer = BUS.put_events(Entries=[{
        "Source": "profiles", "DetailType": event["event"], "Detail": json.dumps(event),
        "EventBusName": os.environ["BUS"]}])
    if answer["FailedEntryCount"]:
        raise RuntimeError("the bus has not taken the event")


def fold(events):
    """A profile after some events; None if there is none."""
    profile = None
    for event in events:
        if event["event"] == "profile.created":
            profile = {"name": event["name"], "email": None}
        elif event["event"] == "email.changed":
            profile = {**profile, "email": event["email"]}
        else:
            profile = None
    return profile
