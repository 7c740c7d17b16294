"""Events from the FIFO queue, in batches."""

import json
import os

import boto3
import store
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.parser.models import EventBridgeModel, SqsRecordModel
from boto3.dynamodb.conditions import Attr
from botocore.exceptions import ClientError
from models import Event
from pydantic import Json

logger = Logger()
views = boto3.resource("dynamodb").Table(os.environ["VIEWS"])


class Notice(EventBridgeModel):
    detail: Event


class Record(SqsRecordModel):
    body: Json[Notice]


processor = BatchProcessor(EventType.SQS, model=Record)


def project(record):
    event = record.body.detail
    logger.info("event", extra={"group": record.attributes.MessageGroupId})
    history = store.load(event.orderId)
    if not history:
        return
    order = store.fold(history)
    try:
        views.put_item(
            Item={"id": event.orderId, "v": len(history), "json": json.dumps(order)},
            ConditionExpression=Attr("v").not_exists() | Attr("v").lt(len(history)))
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise


def handler(event, context):
    return process_partial_response(event, project, processor, context)
