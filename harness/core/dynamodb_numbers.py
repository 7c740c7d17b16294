"""DynamoDB's numbers: 38 digits, an exponent from -130 to 125, and one way to write each.

Source: DynamoDB Developer Guide, "Supported data types and naming rules" (Number: "leading and
trailing zeroes are trimmed"). moto keeps a number as it was sent, so that 1.50 would not be 1.5.
"""

from __future__ import annotations

import json
import re
from decimal import Context, Decimal
from typing import Any, Final

DIGITS: Final = 38
HIGHEST, LOWEST = 125, -130
EXACT: Final = Context(prec=1000)
NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,9})?", re.ASCII)


class NumberRefusedError(ValueError):
    """DynamoDB takes no such number; the message is its own."""


def plain_number(text: str) -> str:
    """A number as DynamoDB gives it back.

    Raises:
        NumberRefusedError: it takes no such number.
    """
    if not NUMBER.fullmatch(text):
        raise NumberRefusedError(f"The parameter cannot be converted to a numeric value: {text}")
    return plain(Decimal(text))


def plain(number: Decimal) -> str:
    """A number as DynamoDB gives it back; see ``plain_number``."""
    if not number:
        return "0"
    if number.adjusted() > HIGHEST:
        raise NumberRefusedError("Number overflow. Attempting to store a number with magnitude "
                                 "larger than supported range")
    if number.adjusted() < LOWEST:
        raise NumberRefusedError("Number underflow. Attempting to store a number with magnitude "
                                 "smaller than supported range")
    written = f"{number:f}".lstrip("+")
    written = written.rstrip("0").rstrip(".") if "." in written else written
    if len(written.replace(".", "").replace("-", "").strip("0")) > DIGITS:
        raise NumberRefusedError(
            "Attempting to store more than 38 significant digits in a Number")
    return written


def total(left: str, right: str, *, minus: bool = False) -> str:
    """The sum, or the difference, of two numbers.

    Raises:
        NumberRefusedError: DynamoDB cannot hold it.
    """
    first, second = Decimal(left), Decimal(right)
    return plain(EXACT.subtract(first, second) if minus else EXACT.add(first, second))


def with_plain_numbers(body: bytes) -> bytes:
    """A request whose numbers are written as DynamoDB keeps them.

    Raises:
        NumberRefusedError: it has a number that DynamoDB does not take.
    """
    if b'"N"' not in body and b'"NS"' not in body:
        return body
    try:
        document = json.loads(body)
    except ValueError:
        return body
    written = _written(document)
    return body if written == document else json.dumps(written).encode()


def _written(value: Any) -> Any:
    if isinstance(value, list):
        return [_written(each) for each in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1 and isinstance(value.get("N"), str):
        return {"N": plain_number(value["N"])}
    if len(value) == 1 and _is_set(value.get("NS")):
        return {"NS": [plain_number(each) for each in value["NS"]]}
    return {name: _written(member) for name, member in value.items()}


def _is_set(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)
