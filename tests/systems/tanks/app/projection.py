"""Folds messages into the view, each after its predecessor."""

import json
import os

import boto3
from boto3.dynamodb.conditions import Attr

views = boto3.resource("dynamodb").Table(os.environ["VIEWS_TABLE"])


class Early(Exception):
    pass


def handler(event, context):
    failed = []
    for record in event["Records"]:
        try:
            project(json.loads(record["body"]))
        except Exception as error:
            print("failed", type(error).__name__)
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def project(event):
    tank, version = event["tankId"], event["version"]
    row = views.get_item(Key={"id": tank}, ConsistentRead=True).get("Item") or {"version": 0}
    seen = int(row["version"])
    if version <= seen:
        return
    if version > seen + 1:
        raise Early
    item = {"id": tank, "version": version, **after(row, event)}
    free = Attr("id").not_exists() if seen == 0 else Attr("version").eq(seen)
    views.put_item(Item=item, ConditionExpression=free)


def after(row, event):
    kind, data = event["type"], event["data"]
    if kind == "TankRegistered":
        return {"name": data["name"], "level": 0}
    if kind == "Scrapped":
        return {}
    return {
        "name": row["name"],
        "level": row["level"] + data["litres"] * (1 if kind == "Filled" else -1),
    }
