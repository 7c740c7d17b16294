"""One item for each event, and the account's head at place 0, in one transaction."""

import json
import os
from decimal import Decimal

import boto3
import rules

dynamodb = boto3.client("dynamodb")
TABLE = os.environ["TABLE"]


class TooEarly(Exception):
    pass


def handler(event, context):
    """Without partial responses: what is done already is seen by its place, when all come again."""
    early = False
    for record in event["Records"]:
        assert record["eventSourceARN"] == os.environ["QUEUE_ARN"], record["eventSourceARN"]
        assert record["attributes"]["MessageGroupId"] == "all"
        detail = json.loads(record["body"], parse_float=Decimal)
        if isinstance(detail, dict) and rules.is_id(detail.get("accountId")) and isinstance(
                detail.get("version"), int) and detail.get("type") in rules.MEMBERS:
            early |= not project(detail)
    if early:
        raise TooEarly


def project(event):
    id, version = {"S": event["accountId"]}, event["version"]
    head = {"id": id, "place": {"N": "0"}}
    names, values = {"#v": "version"}, {":v": {"N": str(version)}}
    if event["type"] == "AccountOpened":
        change = {"Put": {
            "TableName": TABLE, "ConditionExpression": "attribute_not_exists(id)",
            "Item": {**head, "version": values[":v"], "cents": {"N": "0"},
                     "owner": {"S": event["owner"]}, "openedAt": {"S": event["openedAt"]}}}}
    else:
        values |= {":c": {"N": str(rules.cents(event))}, ":b": {"N": str(version - 1)}}
        names |= {"#c": "cents"}
        closing = ", closed = :yes" if event["type"] == "AccountClosed" else ""
        values |= {":yes": {"BOOL": True}} if closing else {}
        change = {"Update": {
            "TableName": TABLE, "Key": head, "ConditionExpression": "#v = :b",
            "UpdateExpression": f"SET #v = :v, #c = #c + :c{closing}",
            "ExpressionAttributeNames": names, "ExpressionAttributeValues": values}}
    entry = {"Put": {"TableName": TABLE, "Item": {
        "id": id, "place": {"N": str(version)},
        **({"entry": {"S": event["entryId"]}, "cents": {"N": str(rules.cents(event))}}
           if "entryId" in event else {})}}}
    try:
        dynamodb.transact_write_items(TransactItems=[change, entry])
    except dynamodb.exceptions.TransactionCanceledException as error:
        if error.response["CancellationReasons"][0]["Code"] != "ConditionalCheckFailed":
            raise
        seen = dynamodb.get_item(TableName=TABLE, Key=head, ConsistentRead=True).get("Item")
        return seen is not None and int(seen["version"]["N"]) >= version
    return True
