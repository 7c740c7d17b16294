"""Each record by a task of its own; records of one account one after another."""

import asyncio
import collections
import contextvars
import json
import os
from concurrent.futures import ThreadPoolExecutor

import boto3
import rules
from botocore.config import Config
from botocore.exceptions import ClientError

cfg = Config(max_pool_connections=32, retries={"mode": "adaptive", "max_attempts": 3})
s3, bus = boto3.client("s3", config=cfg), boto3.client("events", config=cfg)
BUCKET, BUS = os.environ["BUCKET"], os.environ["BUS"]
pool = ThreadPoolExecutor(16)
loop = asyncio.new_event_loop()
loop.set_default_executor(pool)
message = contextvars.ContextVar("message")


async def call(method, **kw):
    return await asyncio.to_thread(method, **kw)


async def get(key):
    found = await call(s3.get_object, Bucket=BUCKET, Key=key)
    return rules.loads(await asyncio.to_thread(found["Body"].read))


async def load(account):
    keys, more = [], {}
    while True:
        page = await call(s3.list_objects_v2, Bucket=BUCKET, Prefix=f"{account}/", **more)
        keys += [o["Key"] for o in page.get("Contents", [])]
        if not page.get("NextContinuationToken"):
            break
        more = {"ContinuationToken": page["NextContinuationToken"]}
    limit = asyncio.Semaphore(8)

    async def one(key):
        async with limit:
            return await get(key)

    return list(await asyncio.gather(*map(one, keys)))


async def publish(event):
    told = await call(bus.put_events, Entries=[
        {"Source": "bank.accounts", "DetailType": event["type"], "EventBusName": BUS,
         "Detail": rules.text(event)}])
    if told["FailedEntryCount"]:
        raise RuntimeError("not published")


async def handle(command):
    me = message.get()
    for attempt in range(5):
        events = await load(command["accountId"])
        mine = next((e for e in events if e["eventId"] == me), None)
        if mine:
            return await publish(mine)
        for last in events[-1:]:
            await publish(last)
        rules.decide(events, command)
        event = {**command, "eventId": me, "version": len(events) + 1}
        try:
            await call(s3.put_object, Bucket=BUCKET, IfNoneMatch="*",
                       Key=f"{command['accountId']}/{event['version']:012d}",
                       Body=rules.text(event).encode())
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] not in (409, 412):
                raise
            await asyncio.sleep(0.01 * 2 ** attempt)
            continue
        return await publish(event)
    raise RuntimeError("busy")


async def group(records, failed):
    for record in records:
        message.set(record["messageId"])
        try:
            await handle(record["command"])
        except rules.Refused as refused:
            print(json.dumps({"refused": str(refused), "message": record["messageId"]}))
        except Exception as error:
            print(json.dumps({"failed": repr(error), "message": record["messageId"]}))
            failed.append({"itemIdentifier": record["messageId"]})


async def main(event):
    groups, failed = collections.defaultdict(list), []
    for record in event["Records"]:
        try:
            command = rules.read(record["body"])
        except rules.Invalid:
            continue
        groups[command["accountId"]].append({**record, "command": command})
    async with asyncio.TaskGroup() as tasks:
        for records in groups.values():
            tasks.create_task(group(records, failed))
    return {"batchItemFailures": failed}


def handler(event, context):
    asyncio.set_event_loop(loop)
    return loop.run_until_complete(main(event))
