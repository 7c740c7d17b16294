"""The projection function: events from EventBridge, directly or in batches through a queue.

An event that cannot be projected raises. EventBridge's asynchronous invocation is then tried again
and ends in the dead-letter queue; a queue's record is delivered again. No other event is held up.
"""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from . import aws, batch, codec, settings
from .domain.interface import Event
from .event_store import EventStore
from .events import MalformedEventError, from_detail
from .projector import Projector
from .read_model import ReadModel

BUCKET, SOURCE, TABLE = settings.read("EVENT_BUCKET", "EVENT_SOURCE", "TABLE_NAME")
DOMAIN = settings.domain()
LOGGER = Logger(service="projection")
PROJECTOR = Projector(
    DOMAIN,
    EventStore(aws.client("s3"), BUCKET, DOMAIN),
    ReadModel(aws.client("dynamodb"), TABLE),
)


def handler(payload: dict[str, Any], context: object) -> dict[str, Any] | None:
    """Project one event, or answer a queue with the records to deliver again."""
    if "Records" in payload:
        return batch.each_record(payload, _from_queue, LOGGER)
    PROJECTOR.project(_event(payload))
    return None


def _from_queue(record: SQSRecord) -> None:
    PROJECTOR.project(_event(codec.loads(record.body)))


def _event(envelope: object) -> Event:
    if not isinstance(envelope, Mapping) or envelope.get("source") != SOURCE:
        raise MalformedEventError(f"expected an EventBridge event from {SOURCE}")
    event = from_detail(DOMAIN, codec.exact(envelope.get("detail")))
    if envelope.get("detail-type") != event.type:
        raise MalformedEventError("expected the detail's type as detail-type")
    return event
