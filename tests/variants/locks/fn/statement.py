"""An account as it stands: cents become amounts."""

import json
import os

import boto3

T = boto3.resource("dynamodb").Table(os.environ["ACCOUNTS_TABLE_NAME"])


def money(cents):
    sign, cents = ("-" if cents < 0 else ""), abs(int(cents))
    return f"{sign}{cents // 100}.{cents % 100:02d}"


def handler(event, context):
    id = event["pathParameters"]["accountId"]
    row = T.get_item(Key={"id": id}, ConsistentRead=True).get("Item") if len(id) < 200 else None
    if not row or row.get("state") != "open":
        return {
            "statusCode": 404,
            "headers": {"content-type": "application/json"},
            "body": '{"message":"no such account"}',
        }
    head = json.dumps(
        {"accountId": id, "owner": row["owner"], "openedAt": row["openedAt"], "currency": "EUR"}
    )
    entries = ",".join(
        f'{{"entryId":{json.dumps(e["id"])},"amount":{money(e["c"])}}}' for e in row["entries"]
    )
    return {
        "statusCode": 200,
        "headers": {"content-type": "application/json"},
        "body": head[:-1] + f',"balance":{money(row["cents"])},"entries":[{entries}]}}',
    }
