"""The events in the bucket, read by some threads at a time."""

import json
import os
from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.config import Config

S3 = boto3.client("s3", config=Config(retries={"mode": "adaptive", "max_attempts": 10},
                                      max_pool_connections=8, s3={"addressing_style": "path"}))
BUCKET = os.environ["EVENTS"]
POOL = ThreadPoolExecutor(4)


def key(order, version):
    return f"v1/{order}/{version:06x}"


def load(order):
    pages = S3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=f"v1/{order}/")
    keys = [item["Key"] for page in pages for item in page.get("Contents", ())]
    return list(POOL.map(get, keys))


def get(name):
    return json.load(S3.get_object(Bucket=BUCKET, Key=name)["Body"])


def put(event):
    """The same event may be put any number of times."""
    S3.put_object(Bucket=BUCKET, Key=key(event["orderId"], event["version"]),
                  Body=json.dumps(event), ContentType="application/json")
