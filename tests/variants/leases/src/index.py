"""Where the events of an order are: in the bucket, or not yet."""

import json
import os

import boto3
from boto3.dynamodb.conditions import Key
from botocore.config import Config

CFG = Config(retries={"mode": "standard", "max_attempts": 4}, connect_timeout=1, read_timeout=2)
ddb = boto3.resource("dynamodb", config=CFG)
s3 = boto3.resource("s3", config=CFG)
INDEX = ddb.Table(os.environ["INDEX_TABLE"])
BUCKET = s3.Bucket(os.environ["STORE"])


def rows(order_id, after=0):
    kw = {
        "KeyConditionExpression": Key("orderId").eq(order_id) & Key("version").gt(after),
        "ConsistentRead": True,
    }
    out = []
    while True:
        page = INDEX.query(**kw)
        out += page["Items"]
        if "LastEvaluatedKey" not in page:
            return out
        kw["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def read(row):
    return (
        json.loads(row["event"])
        if "event" in row
        else json.load(BUCKET.Object(row["s3key"]).get()["Body"])
    )
