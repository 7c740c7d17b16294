"""Every event into the data lake, by day."""

import json
import os

import boto3

s3 = boto3.client("s3")


def handler(event, context):
    s3.put_object(Bucket=os.environ["ARCHIVE"], Body=json.dumps(event["detail"]),
                  Key=f"{event['time'][:10]}/{event['id']}.json")
