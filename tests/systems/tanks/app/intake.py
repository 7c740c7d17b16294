"""Takes commands, queues them for the worker, and answers with the job to ask for."""

import base64
import hashlib
import json
import os
import re
import uuid

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from web import reply

jobs = boto3.resource("dynamodb").Table(os.environ["JOBS_TABLE"])
sqs = boto3.client("sqs")
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


class Invalid(Exception):
    pass


def understood(event):
    text = event.get("body") or ""
    try:
        if event.get("isBase64Encoded"):
            text = base64.b64decode(text).decode()
        body = json.loads(text)
    except ValueError:
        raise Invalid from None
    if not isinstance(body, dict):
        raise Invalid
    action = body.get("action")
    path_id = (event.get("pathParameters") or {}).get("id")
    tank = path_id if path_id is not None else body.get("tankId")
    if not isinstance(tank, str) or not ID.fullmatch(tank):
        raise Invalid
    if (action == "TankRegistered") != (path_id is None):
        raise Invalid
    if action == "TankRegistered":
        name = body.get("name")
        if (
            not isinstance(name, str)
            or not 1 <= len(name) <= 60
            or any(c < " " or "\ud800" <= c <= "\udfff" for c in name)
        ):
            raise Invalid
        return {"tankId": tank, "type": action, "data": {"name": name}}
    if action in ("Filled", "Drained"):
        litres = body.get("litres")
        if isinstance(litres, float) and litres.is_integer():
            litres = int(litres)
        if type(litres) is not int or not 1 <= litres <= 5000:
            raise Invalid
        return {"tankId": tank, "type": action, "data": {"litres": litres}}
    if action == "Scrapped":
        return {"tankId": tank, "type": action, "data": {}}
    raise Invalid


def handler(event, context):
    try:
        command = understood(event)
    except Invalid:
        return reply(400, {"message": "no valid command"})
    headers = {n.lower(): v for n, v in (event.get("headers") or {}).items()}
    key = headers.get("idempotency-key")
    digest = hashlib.sha256(json.dumps(command, sort_keys=True).encode()).hexdigest()
    job = (
        hashlib.sha256(f"{command['tankId']}\n{key}".encode()).hexdigest()
        if key
        else str(uuid.uuid4())
    )
    try:
        try:
            jobs.put_item(
                Item={"job": job, "state": "PENDING", "digest": digest},
                ConditionExpression="attribute_not_exists(job)",
            )
        except jobs.meta.client.exceptions.ConditionalCheckFailedException:
            found = jobs.get_item(Key={"job": job}, ConsistentRead=True)["Item"]
            if found["digest"] != digest:
                return reply(422, {"message": "the key belongs to another command"})
            if found["state"] != "PENDING":
                return reply(202, {"job": job})
        sqs.send_message(
            QueueUrl=os.environ["WORK"], MessageBody=json.dumps({"job": job, **command})
        )
    except (ClientError, BotoCoreError) as error:
        print("failed", type(error).__name__)
        return reply(503, {"message": "please send it again"})
    return reply(202, {"job": job})
