"""Commands on tickets: one route each, and the server makes the ids."""

import base64
import json
import os
import re
import uuid

import boto3
import store

EVENTS = boto3.client("events")
TICKET_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
ATTEMPTS = 4


class InvalidError(Exception):
    """A member is missing or wrong."""


def open_ticket(event, context):
    """POST /v1/tickets."""
    try:
        data = {"subject": text(body(event), "subject", 200)}
    except InvalidError as error:
        return reply(400, {"message": str(error)})
    ticket_id = str(uuid.uuid4())
    publish(store.append(ticket_id, 1, "TICKET_OPENED", data))
    return reply(201, {"ticket": {"id": ticket_id}})


def add_comment(event, context):
    """POST /v1/tickets/{ticketId}/comments."""
    try:
        comment = body(event).get("comment")
        if not isinstance(comment, dict):
            raise InvalidError("comment: expected an object")
        author = comment.get("author")
        if not isinstance(author, str) or not NAME.fullmatch(author):
            raise InvalidError("author: expected a name")
        data = {"author": author, "text": text(comment, "text", 500)}
    except InvalidError as error:
        return reply(400, {"message": str(error)})
    return change(event, "COMMENT_ADDED", data, 202)


def close_ticket(event, context):
    """DELETE /v1/tickets/{ticketId}."""
    return change(event, "TICKET_CLOSED", {}, 204)


def change(event, kind, data, status):
    """Store and publish what happens to a ticket that is open."""
    ticket_id = (event.get("pathParameters") or {}).get("ticketId", "")
    if not TICKET_ID.fullmatch(ticket_id):
        return reply(404, {"message": "no such ticket"})
    for _ in range(ATTEMPTS):
        items = store.load(ticket_id)
        ticket = store.fold(items)
        if ticket is None:
            return reply(404, {"message": "no such ticket"})
        for item in items:
            if not item["published"]:
                publish(item)
        if ticket["closed"]:
            return reply(409, {"message": "the ticket is closed"})
        try:
            publish(store.append(ticket_id, len(items) + 1, kind, data))
        except store.ConflictError:
            continue
        return reply(status, {} if status != 204 else None)
    return reply(409, {"message": "others are changing the ticket, try again"})


def publish(item):
    """Put an event on the bus and note that it is there."""
    ticket_id, version = item["pk"].removeprefix("TICKET#"), item["sk"].removeprefix("EVENT#")
    detail = {"ticketId": ticket_id, "eventId": item["eventId"], "version": int(version),
              "payload": json.loads(item["data"])}
    answer = EVENTS.put_events(Entries=[{
        "Source": "tickets", "DetailType": item["kind"], "Detail": json.dumps(detail),
        "EventBusName": os.environ["BUS"]}])
    if answer["FailedEntryCount"]:
        raise RuntimeError("the bus has not taken the event")
    store.mark_published(item)


def body(event):
    """The request's body as an object."""
    content = event.get("body") or ""
    try:
        if event.get("isBase64Encoded"):
            content = base64.b64decode(content).decode()
        found = json.loads(content)
    except ValueError:
        raise InvalidError("expected JSON") from None
    if not isinstance(found, dict):
        raise InvalidError("expected an object")
    return found


def text(document, name, longest):
    """A member that is a text of at most so many characters, without controls."""
    value = document.get(name)
    fits = isinstance(value, str) and 1 <= len(value) <= longest
    if not fits or any(c < " " or "\ud800" <= c <= "\udfff" for c in value):
        raise InvalidError(f"{name}: expected a text of 1 to {longest} characters")
    return value


def reply(status, document):
    """A response of the API."""
    if document is None:
        return {"statusCode": status}
    return {"statusCode": status, "headers": {"Content-Type": "application/json"},
            "body": json.dumps(document)}
