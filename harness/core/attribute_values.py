"""Items of DynamoDB: their attribute values as plain JSON values, and back.

Source: Amazon DynamoDB API reference, AttributeValue.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from harness.core.compression import as_text
from harness.core.json_values import parse_json, to_json


def plain_item(item: Mapping[str, Any]) -> dict[str, Any]:
    """An item's attributes as JSON values; numbers as int or Decimal, sets as lists."""
    return {name: plain_value(value) for name, value in item.items()}


def plain_value(value: Any) -> Any:
    """The JSON value of an attribute; what is no attribute value is given as it is."""
    if not isinstance(value, Mapping) or len(value) != 1:
        return value
    kind, content = next(iter(value.items()))
    match kind:
        case "M":
            return plain_item(content)
        case "L":
            return [plain_value(item) for item in content]
        case "N":
            return parse_json(content)
        case "NS":
            return [parse_json(number) for number in content]
        case "B":
            return _text_of(content)
        case "NULL":
            return None
        case _:
            return content


def _text_of(content: str) -> str:
    try:
        return as_text(base64.b64decode(content))
    except (ValueError, binascii.Error):
        return content


def typed_item(item: Mapping[str, Any]) -> dict[str, Any]:
    """JSON values as an item's attributes."""
    return {name: typed_value(value) for name, value in item.items()}


def typed_value(value: Any) -> dict[str, Any]:
    """A JSON value as an attribute value."""
    if value is None:
        return {"NULL": True}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, int | Decimal):
        return {"N": to_json(value)}
    if isinstance(value, Mapping):
        return {"M": typed_item(value)}
    return {"L": [typed_value(item) for item in value]}
