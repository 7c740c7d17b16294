"""Commands; the newest event comes first in a listing."""

import hashlib
import json
import os
import time
import uuid

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from rules import Bad, apply, body_of, command_of, header, refused


def prefix(oid):
    h = hashlib.md5(oid.encode()).hexdigest()
    return f"events/{h[:2]}/{h[2:4]}/{oid}@/"


class Store:
    def __init__(self):
        self.s3 = boto3.client("s3")
        self.bus = boto3.client("events")
        self.bucket = os.environ["BUCKET_NAME"]

    def history(self, oid):
        out, token = [], None
        while True:
            args = {"Bucket": self.bucket, "Prefix": prefix(oid)}
            if token:
                args["ContinuationToken"] = token
            page = self.s3.list_objects_v2(**args)
            for o in page.get("Contents", []):
                out.append(
                    json.loads(self.s3.get_object(Bucket=self.bucket, Key=o["Key"])["Body"].read())
                )
            token = page.get("NextContinuationToken")
            if not page.get("IsTruncated"):
                return sorted(out, key=lambda e: e["version"])

    def append(self, e):
        try:
            # newest first in a listing
            self.s3.put_object(
                Bucket=self.bucket,
                Key=f"{prefix(e['orderId'])}{10**10 - e['version']:011d}",
                Body=json.dumps(e).encode(),
                IfNoneMatch="*",
            )
            return True
        except ClientError as x:
            if x.response["ResponseMetadata"]["HTTPStatusCode"] in (409, 412):
                return False
            raise

    def publish(self, e):
        detail = json.dumps(e, separators=(",", ":"))
        for n in range(3):
            r = self.bus.put_events(
                Entries=[
                    {
                        "EventBusName": os.environ["BUS"],
                        "Source": "orders.write-side",
                        "DetailType": e["type"],
                        "Detail": detail,
                    }
                ]
            )
            if not r["FailedEntryCount"]:
                return
            time.sleep(0.1 * 2**n)
        raise RuntimeError("bus")


def answer(status, **body):
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json"},
        "body": json.dumps(body),
    }


def lambda_handler(event, context):
    if event["rawPath"].rstrip("/").split("/")[-1] != "orders":
        return answer(404, message="Not Found")
    try:
        cmd = command_of(body_of(event))
    except Bad as b:
        return answer(400 if b.status == 422 else b.status, message=b.text)
    key = header(event, "idempotency-key")
    try:
        return accept(Store(), cmd, key)
    except (ClientError, BotoCoreError, RuntimeError):
        return answer(500, message="Internal error")


def accept(store, cmd, key):
    eid = (
        str(uuid.uuid5(uuid.UUID(int=7), json.dumps([cmd["orderId"], key])))
        if key
        else uuid.uuid4().hex
    )
    for _ in range(6):
        past = store.history(cmd["orderId"])
        mine = next((e for e in past if e["eventId"] == eid), None)
        if mine:
            if {k: v for k, v in mine.items() if k not in ("eventId", "version")} != cmd:
                return answer(409, message="Idempotency-Key conflict")
            store.publish(mine)
            return answer(202, eventId=eid, version=mine["version"])
        order = None
        for e in past:
            order = apply(order, e)
        no = refused(order, cmd)
        if no:
            for e in past[-1:]:
                store.publish(e)
            return answer(no, message="conflict with the state of the order")
        e = {"version": len(past) + 1, "eventId": eid, **cmd}
        if store.append(e):
            store.publish(e)
            return answer(202, eventId=eid, version=e["version"])
        time.sleep(0.05)
    return answer(409, message="Concurrent modification")
