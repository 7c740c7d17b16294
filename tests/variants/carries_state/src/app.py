"""Three handlers in one module; each makes its clients when it first needs them."""

import base64
import functools
import hashlib
import json
import os
import re
import time

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

ONCE = Config(retries={"mode": "standard", "total_max_attempts": 1})
LAST = 9_999_999_999
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?"
                  r"([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)", re.ASCII)
MEMBERS = {"OrderCreated": ({"customer", "createdAt"}, set()),
           "OrderUpdated": ({"updatedAt"}, {"customer"}),
           "OrderDeleted": (set(), set())}


@functools.cache
def client(service):
    return boto3.client(service, config=ONCE)


class Problem(Exception):
    def __init__(self, status, title):
        super().__init__(title)
        self.status, self.title = status, title


def patiently(call, **arguments):
    """Try a call three times; our own retries in the place of the SDK's."""
    for pause in (0.2, 0.4):
        try:
            return call(**arguments)
        except (ClientError, BotoCoreError) as error:
            status = getattr(error, "response", {}).get("ResponseMetadata", {}).get(
                "HTTPStatusCode", 503)
            code = getattr(error, "response", {}).get("Error", {}).get("Code", "")
            if status < 500 and "Throttling" not in code and "Exceeded" not in code:
                raise
            time.sleep(pause)
    return call(**arguments)


# ---------------------------------------------------------------- command

def text(value, low=1, high=1000):
    return (isinstance(value, str) and low <= len(value) <= high
            and not any(c < " " or "\ud800" <= c <= "\udfff" for c in value))


def moment(value):
    if not isinstance(value, str) or not TIME.fullmatch(value):
        return False
    month, day = int(value[5:7]), int(value[8:10])
    return 1 <= month <= 12 and 1 <= day <= 31


def read(event):
    raw = event.get("body") or ""
    if event.get("isBase64Encoded"):
        try:
            raw = base64.b64decode(raw).decode("utf-8")
        except ValueError:
            raise Problem(400, "body: not UTF-8") from None
    if len(raw) > 8192:
        raise Problem(413, "body: too long")
    try:
        given = json.loads(raw)
    except (ValueError, RecursionError):
        raise Problem(400, "body: not JSON") from None
    if not isinstance(given, dict):
        raise Problem(400, "body: not an object")
    kind = given.get("type")
    if not isinstance(kind, str) or kind not in MEMBERS:
        raise Problem(422, "type: unknown")
    if not isinstance(given.get("orderId"), str) or not ID.fullmatch(given["orderId"]):
        raise Problem(422, "orderId: malformed")
    needed, possible = MEMBERS[kind]
    own = {name: given[name] for name in needed | possible if name in given}
    if not needed <= own.keys():
        raise Problem(422, "members: missing")
    for name, value in own.items():
        if not (text(value) if name == "customer" else moment(value)):
            raise Problem(422, f"{name}: malformed")
    return {"type": kind, "orderId": given["orderId"], **own}


def key_of(event):
    several = event.get("multiValueHeaders") or {}
    found = [v for k, v in several.items() if k.lower() == "idempotency-key"]
    key = found[0][-1] if found else None
    if key is not None and not re.fullmatch(r"[\x20-\x7e]{1,64}", key):
        raise Problem(400, "Idempotency-Key: malformed")
    return key


def place(order):
    shard = hashlib.md5(order.encode(), usedforsecurity=False).hexdigest()[:2]
    name = base64.b32encode(order.encode()).decode().rstrip("=")
    return f"{shard}/{name}"


def get(key):
    try:
        found = patiently(client("s3").get_object, Bucket=os.environ["STORE"], Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchKey":
            return None, None
        raise
    return json.loads(found["Body"].read()), found["ETag"]


def put(key, document, **condition):
    try:
        patiently(client("s3").put_object, Bucket=os.environ["STORE"], Key=key,
                  Body=json.dumps(document, separators=(",", ":")).encode(),
                  ContentType="application/json", Metadata={"schema": "2"}, **condition)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] in (404, 409, 412):
            return False
        raise
    return True


def latest(order):
    page = patiently(client("s3").list_objects_v2, Bucket=os.environ["STORE"],
                     Prefix=f"events/{place(order)}/", MaxKeys=1)
    return get(page["Contents"][0]["Key"])[0] if page.get("Contents") else None


def event_key(order, version):
    return f"events/{place(order)}/{LAST - version}"


def evolve(before, command):
    if command["type"] == "OrderDeleted":
        return None
    if command["type"] == "OrderCreated":
        return {n: command[n] for n in ("orderId", "customer", "createdAt")}
    return {**before, **{n: command[n] for n in ("customer", "updatedAt") if n in command}}


def publish(event):
    answer = patiently(client("events").put_events, Entries=[{
        "EventBusName": os.environ["BUS"], "Source": os.environ["SOURCE"],
        "DetailType": event["type"], "Detail": json.dumps(event)}])
    if answer["FailedEntryCount"]:
        raise Problem(503, "not published yet, send it again")


def accept(command, key):
    digest = hashlib.sha256(json.dumps(command, sort_keys=True).encode()).hexdigest()
    order = command["orderId"]
    note = hashlib.sha256(key.encode()).hexdigest()[:32] if key else None
    event_id = f"{place(order)}:{note}" if key else os.urandom(16).hex()
    for attempt in range(6):
        noted, etag = get(f"keys/{place(order)}/{note}") if key else (None, None)
        if noted and noted["digest"] != digest:
            raise Problem(409, "Idempotency-Key: used with another command")
        if noted:
            before, _ = get(event_key(order, noted["version"]))
            if before and before["eventId"] == event_id:
                publish(before)
                return before
        last = latest(order)
        if last and last["eventId"] == event_id:
            if not noted:  # stored since: of the same command, or of another with its key
                continue
            publish(last)
            return last
        state = last["after"] if last else None
        if (state is None) != (command["type"] == "OrderCreated"):
            if last:
                publish(last)
            raise Problem(404 if state is None else 409, "the order's state does not allow it")
        version = last["version"] + 1 if last else 1
        if key:
            condition = {"IfMatch": etag} if etag else {"IfNoneMatch": "*"}
            if not put(f"keys/{place(order)}/{note}", {"digest": digest, "version": version},
                       **condition):
                continue
        event = {**command, "eventId": event_id, "version": version,
                 "after": evolve(state, command)}
        if put(event_key(order, version), event, IfNoneMatch="*"):
            publish(event)
            return event
        time.sleep(0.05 * 2 ** attempt)
    raise Problem(429, "too much at once, send it again")


def command(event, context):
    try:
        done = accept(read(event), key_of(event))
    except Problem as problem:
        headers = {"Retry-After": ["1"]} if problem.status in (429, 503) else {}
        return answer(problem.status, {"title": problem.title}, **headers)
    except (ClientError, BotoCoreError):
        return answer(500, {"title": "something went wrong"})
    place_ = f"/orders/{done['orderId']}"
    return answer(201 if done["version"] == 1 else 200, {"ok": True, "version": done["version"]},
                  Location=[place_])


def answer(status, body, **headers):
    return {"statusCode": str(status), "isBase64Encoded": True,
            "multiValueHeaders": {"Content-Type": ["application/json"], **headers},
            "body": base64.b64encode(json.dumps(body).encode()).decode()}


# ---------------------------------------------------------------- projection

def projection(event, context):
    """A view disappears with its order; the table of versions remembers how far we are."""
    if not isinstance(event, dict) or not isinstance(event.get("order"), str):
        return
    if not ID.fullmatch(event["order"]) or not isinstance(event.get("version"), int):
        return
    id = {"S": event["order"]}
    version = {"N": str(event["version"])}
    after = event.get("after")
    if after:
        item = {"id": id, "doc": {"S": json.dumps(after)}, "version": version}
        view = {"Put": {"TableName": os.environ["CURRENT"], "Item": item}}
    else:
        view = {"Delete": {"TableName": os.environ["CURRENT"], "Key": {"id": id}}}
    mark = {"Update": {
        "TableName": os.environ["VERSIONS"], "Key": {"id": id},
        "UpdateExpression": "SET seen = :new",
        "ConditionExpression": "attribute_not_exists(id) OR seen < :new",
        "ExpressionAttributeValues": {":new": version}}}
    try:
        client("dynamodb").transact_write_items(TransactItems=[mark, view])
    except client("dynamodb").exceptions.TransactionCanceledException as error:
        codes = [reason["Code"] for reason in error.response["CancellationReasons"]]
        if codes[0] != "ConditionalCheckFailed":
            raise


# ---------------------------------------------------------------- query

def query(event, context):
    if event["httpMethod"] not in ("GET", "HEAD"):
        return answer(405, {"title": "read only"}, Allow=["GET, HEAD"])
    id = event["pathParameters"]["proxy"]
    if not ID.fullmatch(id):
        return answer(404, {"title": "no such order"})
    found = client("dynamodb").query(
        TableName=os.environ["CURRENT"], ConsistentRead=True,
        KeyConditionExpression="#id = :id", ExpressionAttributeNames={"#id": "id"},
        ExpressionAttributeValues={":id": {"S": id}}, Limit=1)["Items"]
    if not found:
        return answer(404, {"title": "no such order"})
    version = found[0]["version"]["N"]
    view = {**json.loads(found[0]["doc"]["S"]), "version": int(version), "links": {"self": id}}
    return answer(200, view, ETag=[f'"{version}"'])
