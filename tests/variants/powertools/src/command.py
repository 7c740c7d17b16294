"""Commands, made idempotent by Powertools."""

import json
import os
import uuid
from http import HTTPStatus

import boto3
import store
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response, content_types
from aws_lambda_powertools.event_handler.exceptions import BadRequestError, ServiceError
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from aws_lambda_powertools.utilities.idempotency.exceptions import (
    IdempotencyAlreadyInProgressError,
    IdempotencyInconsistentStateError,
    IdempotencyValidationError,
)
from models import COMMAND
from pydantic import ValidationError

logger, metrics = Logger(), Metrics()
app = APIGatewayHttpResolver()
bus = boto3.client("events")
keys = DynamoDBPersistenceLayer(table_name=os.environ["KEYS"])
config = IdempotencyConfig(event_key_jmespath="[orderId, key]",
                           payload_validation_jmespath="command",
                           raise_on_no_idempotency_key=True)


@app.post("/orders")
def post():
    try:
        command = COMMAND.validate_json(app.current_event.decoded_body or "")
    except (ValidationError, UnicodeDecodeError):
        raise BadRequestError("This is no valid command.") from None
    given = command.model_dump(exclude_unset=True)
    key = app.current_event.headers.get("Idempotency-Key")
    metrics.add_metric(name="Commands", unit="Count", value=1)
    done = once(request={"orderId": command.orderId, "key": key, "command": given}) if key else (
        take(given, str(uuid.uuid4())))
    return Response(done["status"], content_types.APPLICATION_JSON, json.dumps(done["body"]))


@idempotent_function(data_keyword_argument="request", persistence_store=keys, config=config)
def once(request):
    name = json.dumps([request["orderId"], request["key"]])
    return take(request["command"], str(uuid.uuid5(uuid.NAMESPACE_URL, name)))


def take(command, event_id):
    """Kept for the key as it is, refusals too."""
    for _ in range(5):
        history = store.load(command["orderId"])
        event = next((e for e in history if e["eventId"] == event_id), None)
        if event is None:
            exists = bool(history) and history[-1]["type"] != "OrderDeleted"
            if exists is (command["type"] == "OrderCreated"):
                for last in history[-1:]:
                    publish(last)
                return {"status": 409 if exists else 404, "body": {"message": "Refused."}}
            event = {**command, "eventId": event_id, "version": len(history) + 1}
            if not store.append(event):
                continue
        publish(event)
        return {"status": 201, "body": {"eventId": event_id}}
    raise ServiceError(HTTPStatus.TOO_MANY_REQUESTS, "Too busy, please send it again.")


def publish(event):
    told = bus.put_events(Entries=[{"EventBusName": os.environ["BUS"], "Source": "shop.orders",
                                    "DetailType": event["type"], "Detail": json.dumps(event)}])
    if told["FailedEntryCount"]:
        raise RuntimeError("not published")


@app.exception_handler(IdempotencyValidationError)
def reused(_):
    return Response(422, content_types.APPLICATION_JSON, '{"message": "The key was used before."}')


@app.exception_handler([IdempotencyAlreadyInProgressError, IdempotencyInconsistentStateError])
def in_progress(_):
    return Response(429, content_types.APPLICATION_JSON, '{"message": "Not done yet, ask again."}',
                    headers={"Retry-After": "5"})


@app.exception_handler(Exception)
def failed(error):
    if isinstance(error, ServiceError):
        return Response(error.status_code, content_types.APPLICATION_JSON,
                        json.dumps({"message": error.msg}))
    logger.exception("failed")
    return Response(503, content_types.APPLICATION_JSON, '{"message": "Please send it again."}')


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event, context):
    config.register_lambda_context(context)
    return app.resolve(event, context)
