"""Stores the events of queued commands, publishes them, and ends their jobs."""

import json
import os

import boto3
from boto3.dynamodb.conditions import Key
from web import plain

resource = boto3.resource("dynamodb")
events, jobs = resource.Table(os.environ["EVENTS_TABLE"]), resource.Table(os.environ["JOBS_TABLE"])
sqs = boto3.client("sqs")
ATTEMPTS = 6
SPARE = 3000


class Refused(Exception):
    pass


def handler(event, context):
    failed = []
    for record in event["Records"]:
        try:
            if context.get_remaining_time_in_millis() < SPARE:
                raise TimeoutError
            work(json.loads(record["body"]))
        except Exception as error:
            print("failed", type(error).__name__)
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def work(order):
    job = jobs.get_item(Key={"job": order["job"]}, ConsistentRead=True).get("Item")
    if job is None or job["state"] != "PENDING":
        return
    try:
        store(order)
    except Refused:
        finish(order["job"], "REJECTED")
        return
    finish(order["job"], "DONE")


def store(order):
    for _ in range(ATTEMPTS):
        history = load(order["tankId"])
        unsent = [each for each in history if not each.get("sent")]
        if unsent:
            publish(unsent)
        done = next((each for each in history if each["job"] == order["job"]), None)
        if done:
            return done
        decide(fold(history), order)
        event = {
            "pk": f"TANK#{order['tankId']}",
            "sk": len(history) + 1,
            "tankId": order["tankId"],
            "type": order["type"],
            "data": order["data"],
            "job": order["job"],
            "eventId": order["job"],
        }
        try:
            events.put_item(Item=event, ConditionExpression="attribute_not_exists(pk)")
        except events.meta.client.exceptions.ConditionalCheckFailedException:
            continue
        publish([event])
        return event
    raise RuntimeError("lost too many races")


def publish(unsent):
    for start in range(0, len(unsent), 10):
        some = unsent[start : start + 10]
        told = sqs.send_message_batch(
            QueueUrl=os.environ["NEWS"],
            Entries=[
                {
                    "Id": str(n),
                    "MessageBody": json.dumps(
                        {
                            "tankId": e["tankId"],
                            "version": e["sk"],
                            "type": e["type"],
                            "data": e["data"],
                            "eventId": e["eventId"],
                        },
                        default=plain,
                    ),
                }
                for n, e in enumerate(some)
            ],
        )
        taken = {int(each["Id"]) for each in told.get("Successful", ())}
        for n in taken:
            events.update_item(
                Key={"pk": some[n]["pk"], "sk": some[n]["sk"]},
                UpdateExpression="SET sent = :yes",
                ExpressionAttributeValues={":yes": True},
            )
        if told.get("Failed"):
            raise RuntimeError("not all were published")


def finish(job, state):
    jobs.update_item(
        Key={"job": job},
        UpdateExpression="SET #s = :s",
        ConditionExpression="attribute_exists(job)",
        ExpressionAttributeNames={"#s": "state"},
        ExpressionAttributeValues={":s": state},
    )


def load(tank):
    found, more = [], {}
    while True:
        page = events.query(
            KeyConditionExpression=Key("pk").eq(f"TANK#{tank}"), ConsistentRead=True, **more
        )
        found += page["Items"]
        if "LastEvaluatedKey" not in page:
            return found
        more = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def decide(state, order):
    kind, data = order["type"], order["data"]
    if kind == "TankRegistered":
        if state is not None:
            raise Refused
        return
    if state is None:
        raise Refused
    if kind == "Filled" and state["level"] + data["litres"] > 5000:
        raise Refused
    if kind == "Drained" and data["litres"] > state["level"]:
        raise Refused


def fold(history):
    state = None
    for event in history:
        kind, data = event["type"], event["data"]
        if kind == "TankRegistered":
            state = {"name": data["name"], "level": 0}
        elif kind == "Scrapped":
            state = None
        else:
            state = {
                **state,
                "level": state["level"] + int(data["litres"]) * (1 if kind == "Filled" else -1),
            }
    return state
