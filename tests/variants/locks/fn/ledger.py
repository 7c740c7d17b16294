"""Updates in place; an early event waits in the item until those before it have come."""

import os
from decimal import Decimal

import boto3
from botocore.exceptions import ClientError

T = boto3.resource("dynamodb").Table(os.environ["ACCOUNTS_TABLE_NAME"])


def effect(e):
    kind = e["type"]
    if kind == "AccountOpened":
        return "SET #s = :open, #owner = :owner, openedAt = :at, cents = :zero, entries = :none", {
            ":open": "open",
            ":owner": e["owner"],
            ":at": e["openedAt"],
            ":zero": 0,
            ":none": [],
        }
    if kind == "AccountClosed":
        return "SET #s = :closed", {":closed": "closed"}
    cents = int(Decimal(str(e["amount"])) * 100) * (1 if kind == "MoneyDeposited" else -1)
    return "SET cents = cents + :c, entries = list_append(entries, :e)", {
        ":c": cents,
        ":e": [{"id": e["entryId"], "c": cents}],
    }


def step(e):
    """True if it is done, now or before."""
    expr, values = effect(e)
    names = {"#v": "v"}
    names |= {"#s": "state"} if "#s" in expr else {}
    names |= {"#owner": "owner"} if "#owner" in expr else {}
    v = int(e["version"])
    values |= {":v": v}
    cond = "attribute_not_exists(#v) OR #v = :z" if v == 1 else "#v = :p"
    values |= {":z": 0} if v == 1 else {":p": v - 1}
    try:
        T.update_item(
            Key={"id": e["accountId"]},
            UpdateExpression=expr + ", #v = :v",
            ConditionExpression=cond,
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values,
        )
        return True
    except ClientError as x:
        if x.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
    return False


def keep(e):
    import json

    v = int(e["version"])
    text = json.dumps({**e, "amount": str(e["amount"])} if "amount" in e else e)
    T.update_item(
        Key={"id": e["accountId"]},
        UpdateExpression="SET #v = if_not_exists(#v, :z), #e = :e",
        ExpressionAttributeNames={"#v": "v", "#e": f"early{v}"},
        ExpressionAttributeValues={":z": 0, ":e": text},
    )


def handler(event, context):
    import json

    e = event["detail"]
    account = e["accountId"]
    if (
        not isinstance(account, str)
        or not int(e["version"]) > 0
        or e["type"] not in ("AccountOpened", "MoneyDeposited", "MoneyWithdrawn", "AccountClosed")
    ):
        raise ValueError("malformed")
    if not step(e):
        row = T.get_item(Key={"id": account}, ConsistentRead=True).get("Item", {"v": 0})
        if row["v"] >= e["version"]:
            return
        keep(e)
    while True:
        row = T.get_item(Key={"id": account}, ConsistentRead=True).get("Item", {"v": 0})
        following = row.get(f"early{int(row['v']) + 1}")
        if following is None:
            return
        step(json.loads(following))
