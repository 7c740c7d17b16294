"""Tells the state of a job."""

import os

import boto3
from web import reply

jobs = boto3.resource("dynamodb").Table(os.environ["JOBS_TABLE"])


def handler(event, context):
    job = (event.get("pathParameters") or {}).get("job") or ""
    found = jobs.get_item(Key={"job": job}, ConsistentRead=True).get("Item") if job else None
    if not found:
        return reply(404, {"message": "no such job"})
    return reply(200, {"job": job, "state": found["state"]})
