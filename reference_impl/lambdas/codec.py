"""JSON as RFC 8259 has it, with exact numbers: a fraction is a Decimal, never a float.

Python's own reader also takes NaN and Infinity, and raises four kinds of error at hostile input.
"""

import json
from decimal import Decimal
from typing import Any


class NotJsonError(ValueError):
    """The text is no JSON, or nests too deep, or has a number out of all bounds."""


def loads(text: str | bytes) -> Any:
    """Read a JSON text; raises NotJsonError."""
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_refuse)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise NotJsonError("not JSON") from error


def dumps(value: object) -> str:
    """Write a JSON text in ASCII; a Decimal becomes the number that reads back equal."""
    return json.dumps(value, default=_number, separators=(",", ":"))


def exact(value: object) -> Any:
    """Return parsed JSON with its floats as the Decimals they were written as."""
    return loads(dumps(value))


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _number(value: object) -> int | float:
    if not isinstance(value, Decimal):
        raise TypeError(f"{type(value).__name__} has no JSON form")
    return int(value) if value == value.to_integral_value() else float(value)
