"""The account put together from its items, page by page."""

import json
import os

import boto3
import rules
from boto3.dynamodb.types import TypeDeserializer

PAGES = boto3.client("dynamodb").get_paginator("query")
READ = TypeDeserializer().deserialize


def handler(event, context):
    id = event["pathParameters"]["accountId"]
    head, *entries = items(id) if rules.is_id(id) else [None]
    if head is None or head.get("closed"):
        return {"statusCode": 404, "body": "null"}
    entries = [e for e in entries if "entry" in e and e["place"] <= head["version"]]
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": json.dumps({
        "id": id, "accountId": id, "owner": head["owner"], "openedAt": head["openedAt"],
        "version": int(head["version"]), "balance": money(head["cents"]), "currency": "EUR",
        "entries": [{"entryId": e["entry"], "amount": money(e["cents"])} for e in entries]})}


def items(id):
    """The head comes first, by its place; what is newer than it is not shown yet."""
    pages = PAGES.paginate(TableName=os.environ["TABLE"], ConsistentRead=True, PaginationConfig={
        "PageSize": 5}, KeyConditionExpression="id = :id",
        ExpressionAttributeValues={":id": {"S": id}})
    found = [{k: READ(v) for k, v in i.items()} for page in pages for i in page["Items"]]
    return found or [None]


def money(cents):
    return float(cents / 100)
