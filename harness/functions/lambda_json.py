"""JSON as the Lambda runtime writes and reads it.

Source: AWS Lambda Developer Guide, "Define Lambda function handler in Python": a result that
cannot be serialised ends the invocation with ``Runtime.MarshalError``. The runtime's encoder also
writes Decimal as a JSON number, which plain ``json.dumps`` refuses.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

# A Decimal above this magnitude is written as a float; its digits would fill the message.
_MOST_DIGITS = 400


class NotJsonError(TypeError):
    """A handler returned what the runtime cannot marshal (Lambda: Runtime.MarshalError).

    ``result_type`` is the type the handler returned, ``reason`` the encoder's message.
    """

    error_type = "Runtime.MarshalError"

    def __init__(self, result_type: str, reason: str) -> None:
        super().__init__(
            f"Unable to marshal response of type {result_type}: {reason}. "
            "Return dicts, lists, strings, numbers, booleans or None."
        )
        self.result_type = result_type
        self.reason = reason


def to_json(result: Any) -> str:
    """Write a handler's result as the runtime does.

    A Decimal becomes a number: exactly when it is whole, to the precision of a double otherwise.

    Raises:
        NotJsonError: the result is not serialisable, contains itself, or nests too deeply.

    """
    try:
        return json.dumps(result, default=_encode_decimal)
    except (TypeError, ValueError, RecursionError) as error:
        raise NotJsonError(type(result).__name__, str(error)) from error


def from_json(text: str) -> Any:
    """Parse JSON as a Python function's runtime does: decimals become floats.

    Raises:
        ValueError: the text is not JSON (NaN and Infinity are not), or nests too deeply.

    """
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except RecursionError as error:
        raise ValueError("JSON nested too deeply") from error


def utf8(text: str) -> bytes:
    """Encode a text for the wire; a lone surrogate keeps its own three bytes."""
    return text.encode("utf-8", "surrogatepass")


def _encode_decimal(value: object) -> int | float:
    if not isinstance(value, Decimal):
        raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")
    whole = value.is_finite() and value == value.to_integral_value()
    return int(value) if whole and value.adjusted() < _MOST_DIGITS else float(value)


def _refuse_constant(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")
