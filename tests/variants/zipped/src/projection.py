"""Views, packed."""

import contextlib
import gzip
import os

import boto3
import rules
from boto3.dynamodb.conditions import Attr
from boto3.dynamodb.types import Binary
from botocore.config import Config
from command import history

dynamodb = boto3.resource("dynamodb", config=Config(retries={"mode": "adaptive"}))
views = dynamodb.Table(os.environ["VIEWS"])


def handler(event, context):
    account = event["detail"]["accountId"]
    events = history(account)
    if not events:
        return
    view = rules.fold(events)
    packed = Binary(gzip.compress(rules.text(view).encode(), mtime=0)) if view else None
    with contextlib.suppress(dynamodb.meta.client.exceptions.ConditionalCheckFailedException):
        views.put_item(Item={"id": account, "v": len(events), "z": packed},
                       ConditionExpression=Attr("v").not_exists() | Attr("v").lt(len(events)))
