"""Early events wait in a table; the event that fills the gap takes them."""

import os

import boto3
import rules
from boto3.dynamodb.conditions import Attr, Key
from botocore.exceptions import ClientError

dynamodb = boto3.resource("dynamodb")
table, waiting = dynamodb.Table(os.environ["TABLE"]), dynamodb.Table(os.environ["WAITING"])


def load(account):
    """Reads the waiting events first: an event that no longer waits is in the item."""
    rows = query_all(account)
    item = table.get_item(Key={"id": account}, ConsistentRead=True).get("Item")
    return item or {"version": 0, "events": "[]"}, rows


def query_all(account):
    rows, more = [], {}
    while True:
        page = waiting.query(KeyConditionExpression=Key("account").eq(account),
                             ConsistentRead=True, Limit=50, **more)
        rows += page["Items"]
        if "LastEvaluatedKey" not in page:
            return rows
        more = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def handler(event, context):
    detail = rules.loads(rules.text(event["detail"]))
    account = detail["accountId"]
    number = detail["version"]
    waiting.put_item(Item={"account": account, "version": number, "event": rules.text(detail)})
    for _ in range(6):
        item, early = load(account)
        version, events = int(item["version"]), rules.loads(item["events"])
        byversion = {int(row["version"]): rules.loads(row["event"]) for row in early}
        while version + 1 in byversion:
            version += 1
            events.append(byversion[version])
        if version > item["version"]:
            try:
                new = Attr("id").not_exists()
                table.put_item(
                    Item={"id": account, "version": version, "events": rules.text(events)},
                    ConditionExpression=Attr("version").eq(item["version"]) if item["version"]
                    else new)
            except ClientError as error:
                if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                    raise
                continue
        done = [row for row in early if row["version"] <= version]
        with waiting.batch_writer() as batch:
            for row in done:
                batch.delete_item(Key={"account": account, "version": row["version"]})
        return
    raise RuntimeError("busy")
