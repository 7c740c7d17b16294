"""The query function: one view, straight from the read model. It writes nothing."""

from typing import Any

from aws_lambda_powertools.logging import Logger

from . import aws, front_door, settings
from .read_model import ReadModel

(TABLE,) = settings.read("TABLE_NAME")
DOMAIN = settings.domain()
LOGGER = Logger(service="query")
READ_MODEL = ReadModel(aws.client("dynamodb"), TABLE)


def handler(payload: dict[str, Any], context: object) -> front_door.Reply:
    """Answer with the view of the aggregate that the path names, or with 404."""
    try:
        shown = _view((payload.get("pathParameters") or {}).get("id"))
    except Exception:  # the caller must not see it, whatever it is
        LOGGER.exception("query failed")
        return front_door.unavailable()
    if shown is None:
        return front_door.reply(404, {"message": "not found"})
    return front_door.reply(200, shown)


def _view(aggregate_id: object) -> dict[str, Any] | None:
    if not isinstance(aggregate_id, str) or not DOMAIN.is_id(aggregate_id):
        return None  # no such id was ever accepted, so the table need not be asked
    return READ_MODEL.get(aggregate_id).view
