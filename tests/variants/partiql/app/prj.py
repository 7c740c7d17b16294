"""Folds all of an order's events, then INSERT or UPDATE, whichever the row asks for."""

import json
import os

import boto3
from botocore.exceptions import ClientError
from rules import apply

d = boto3.client("dynamodb")
s3 = boto3.client("s3")
B = os.environ["BUCKET"]
T = os.environ["TABLE"]
INSERT = f"INSERT INTO \"{T}\" VALUE {{'id': ?, 'n': ?, 'doc': ?}}"
UPDATE = f'UPDATE "{T}" SET n = ? SET doc = ? WHERE id = ? AND n < ?'


def load(oid):
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=B, Prefix=f"{oid}/events/")
    keys = [o["Key"] for page in pages for o in page.get("Contents", [])]
    return [json.load(s3.get_object(Bucket=B, Key=key)["Body"]) for key in keys]


def unless(code, statement, *parameters):
    try:
        d.execute_statement(Statement=statement, Parameters=list(parameters))
    except ClientError as error:
        if error.response["Error"]["Code"] != code:
            raise
        return False
    return True


def main(event, ctx):
    oid = event["detail"]["orderId"]
    events = load(oid)
    order = None
    for e in events:
        order = apply(order, e)
    key, n, doc = {"S": oid}, {"N": str(len(events))}, {"S": json.dumps(order)}
    if not unless("DuplicateItemException", INSERT, key, n, doc):
        unless("ConditionalCheckFailedException", UPDATE, n, doc, key, n)
