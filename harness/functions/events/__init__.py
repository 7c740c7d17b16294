"""The envelopes AWS puts around a Lambda function: events in, results out.

The package exports every function; the rules stand in its modules:

- ``api_gateway``: API Gateway makes the event of an HTTP request (payload formats 1.0 and 2.0).
- ``api_gateway_replies``: API Gateway reads the result, or answers by itself.
- ``sqs``: Lambda's SQS event source mapping, batches and partial failures.
- ``dynamodb_streams``: Lambda's DynamoDB event source mapping, batches and partial failures.
- ``eventbridge``: the event an EventBridge rule matches and delivers.
- ``target_input``: the value that a target's Input, InputPath or InputTransformer makes of it.

``harness.functions.lambda_json`` turns results into JSON as the Lambda runtime does.

All of it is pure: ids and times are arguments, there is no clock and no randomness, so a
scenario that is replayed hands every function the very same event.

Errors, by phase: a published entry EventBridge refuses is MalformedDetailError; a target input
that cannot be made is TargetInputError; a result the runtime cannot marshal is NotJsonError. A
malformed proxy response is no error here: the function returns the 5xx that the client receives.
"""

from __future__ import annotations

from harness.core.bus_entry import BusEntry
from harness.functions.events.api_gateway import http_api_event, rest_event
from harness.functions.events.api_gateway_replies import (
    LAMBDA_SYNC_LIMIT,
    REST_PAYLOAD_LIMIT,
    Payload,
    error_response,
    event_rejection,
    front_door_rejection,
    http_response,
    timeout_response,
)
from harness.functions.events.binary_media import is_binary, takes_binary
from harness.functions.events.dynamodb_streams import (
    STREAM_LABEL,
    ItemChange,
    first_failure,
    sequence_number,
    stream_record,
    stream_report,
)
from harness.functions.events.eventbridge import MalformedDetailError, event_bridge_event
from harness.functions.events.patterns import EventPattern, PatternInvalid, event_pattern
from harness.functions.events.sqs import SqsMessage, batch_failures, readable_report, sqs_event
from harness.functions.events.target_input import (
    TargetInputError,
    check_target_input,
    target_input,
)
from harness.functions.lambda_json import NotJsonError, to_json

__all__ = [
    "LAMBDA_SYNC_LIMIT",
    "REST_PAYLOAD_LIMIT",
    "STREAM_LABEL",
    "BusEntry",
    "EventPattern",
    "ItemChange",
    "MalformedDetailError",
    "NotJsonError",
    "PatternInvalid",
    "Payload",
    "SqsMessage",
    "TargetInputError",
    "batch_failures",
    "check_target_input",
    "error_response",
    "event_bridge_event",
    "event_pattern",
    "event_rejection",
    "first_failure",
    "front_door_rejection",
    "http_api_event",
    "http_response",
    "is_binary",
    "readable_report",
    "rest_event",
    "sequence_number",
    "sqs_event",
    "stream_record",
    "stream_report",
    "takes_binary",
    "target_input",
    "timeout_response",
    "to_json",
]
