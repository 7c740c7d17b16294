"""Views, kept as JSON."""

import json
import os

import boto3
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler.exceptions import NotFoundError

app = APIGatewayHttpResolver()
views = boto3.resource("dynamodb").Table(os.environ["VIEWS"])


@app.get("/orders/<order_id>")
def get(order_id):
    if len(order_id) > 128:
        raise NotFoundError("no such order")
    found = views.get_item(Key={"id": order_id}, ConsistentRead=True).get("Item")
    order = json.loads(found["json"]) if found else None
    if order is None:
        raise NotFoundError("no such order")
    return {**order, "version": int(found["v"])}


def handler(event, context):
    return app.resolve(event, context)
