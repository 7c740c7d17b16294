"""The event EventBridge makes of a published entry.

Source: Amazon EventBridge User Guide, "Events in Amazon EventBridge" (event structure), and the
API Reference, "PutEventsRequestEntry" (Detail is "a valid JSON object").
"""

from __future__ import annotations

from typing import Any

from harness.core.bus_entry import BusEntry
from harness.functions.lambda_json import from_json


class MalformedDetailError(ValueError):
    """PutEvents refuses the entry: its Detail is no JSON object (error code MalformedDetail)."""

    error_code = "MalformedDetail"

    def __init__(self, detail: str, reason: str) -> None:
        super().__init__(f"Detail is malformed: expected a JSON object, got {reason}.")
        self.detail = detail
        self.reason = reason


def event_bridge_event(
    entry: BusEntry, *, event_id: str, time: str, account: str, region: str
) -> dict[str, Any]:
    """Make the event that a rule matches and its targets receive.

    ``time`` is when the entry was published; an entry's own time wins.

    Raises:
        MalformedDetailError: the entry's detail is not a JSON object.

    """
    return {
        "version": "0",
        "id": event_id,
        "detail-type": entry.detail_type,
        "source": entry.source,
        "account": account,
        "time": time if entry.time is None else entry.time,
        "region": region,
        "resources": list(entry.resources),
        "detail": _parsed_detail(entry.detail),
    }


def _parsed_detail(detail: str) -> dict[str, Any]:
    try:
        parsed = from_json(detail)
    except ValueError as error:
        raise MalformedDetailError(detail, f"no JSON ({error})") from error
    if not isinstance(parsed, dict):
        raise MalformedDetailError(detail, f"a JSON {type(parsed).__name__}")
    return parsed
