"""The command function: one command from API Gateway, or a batch of them from a queue.

Over HTTP every outcome has a reply. From a queue, a rejected command is logged and acknowledged: it
would be rejected again. Only a lost race and failures are worth another delivery.
"""

from typing import Any

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from . import aws, batch, front_door, settings
from .domain.interface import Event, RejectedError
from .event_store import EventStore
from .publisher import Publisher
from .rejections import LostRaceError
from .service import CommandService

BUCKET, BUS, SOURCE = settings.read("EVENT_BUCKET", "EVENT_BUS", "EVENT_SOURCE")
DOMAIN = settings.domain()
LOGGER = Logger(service="command")
SERVICE = CommandService(
    DOMAIN,
    EventStore(aws.client("s3"), BUCKET, DOMAIN),
    Publisher(aws.client("events"), BUS, SOURCE),
)


def handler(payload: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer API Gateway with a reply, a queue with the records to deliver again."""
    if "Records" in payload:
        return batch.each_record(payload, _from_queue, LOGGER)
    return _from_api(payload)


def _from_api(payload: dict[str, Any]) -> front_door.Reply:
    try:
        request = front_door.request(payload)
        return front_door.reply(200, _receipt(_accept(request.body, request.key)))
    except RejectedError as error:
        return front_door.rejection(error)
    except Exception:  # the caller must not see it, whatever it is
        LOGGER.exception("command failed")
        return front_door.unavailable()


def _from_queue(record: SQSRecord) -> None:
    try:
        _accept(record.body, record.message_id)
    except LostRaceError:
        raise
    except RejectedError as error:
        fields = {"messageId": record.message_id, "reason": str(error)}
        LOGGER.warning("command rejected", extra=fields)


def _accept(body: str, key: str | None) -> Event:
    return SERVICE.accept(DOMAIN.parse(front_door.json_object(body)), key)


def _receipt(event: Event) -> dict[str, Any]:
    return {
        "eventId": event.event_id,
        DOMAIN.id_member: event.aggregate_id,
        "version": event.version,
        "type": event.type,
    }
