"""Queries on tickets."""

import json
import os
import re

import boto3

VIEWS = boto3.resource("dynamodb").Table(os.environ["VIEWS_TABLE"])
TICKET_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def get_ticket(event, context):
    """GET /v1/tickets/{ticketId}."""
    ticket_id = (event.get("pathParameters") or {}).get("ticketId", "")
    found = None
    if TICKET_ID.fullmatch(ticket_id):
        found = VIEWS.get_item(Key={"id": ticket_id}, ConsistentRead=True).get("Item")
    if found is None or found["closed"]:
        return reply(404, {"message": "no such ticket"})
    return reply(200, {"ticket": {"id": ticket_id, "title": found["subject"],
                                  "comments": found["comments"]}})


def reply(status, document):
    """A response of the API."""
    return {"statusCode": status, "headers": {"Content-Type": "application/json"},
            "body": json.dumps(document)}
