"""JSON values: exact parsing, rendering and comparison."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any


def same_json(left: Any, right: Any) -> bool:
    """Equality of JSON values: numbers by value, but true is not 1 and "1" is not 1."""
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(same_json(left[k], right[k]) for k in left)
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(map(same_json, left, right))
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)


def to_json(value: Any, *, ascii: bool = False) -> str:
    """Render JSON: Decimals digit by digit, and lone surrogates (``ascii``: and more) escaped."""
    text = _rendered(value, ascii)
    return text if _encodable(text) else _rendered(value, True)


def _rendered(value: Any, ascii: bool) -> str:
    try:
        return json.dumps(value, ensure_ascii=ascii)
    except TypeError:
        return _with_decimals(value, ascii)


def _with_decimals(value: Any, ascii: bool) -> str:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        members = (f"{json.dumps(name, ensure_ascii=ascii)}: {_with_decimals(member, ascii)}"
                   for name, member in value.items())
        return "{" + ", ".join(members) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_with_decimals(item, ascii) for item in value) + "]"
    return json.dumps(value, ensure_ascii=ascii)


def _encodable(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


MOST_DIGITS = 4000
"""Python writes no integer with many more digits."""


def plain_numbers(value: Any) -> Any:
    """A JSON value whose equal numbers look alike: 1.50 is 1.5, and 1E+2 is 100."""
    if isinstance(value, Mapping):
        return {name: plain_numbers(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [plain_numbers(item) for item in value]
    return _plain_number(value) if isinstance(value, Decimal) else value


def _plain_number(value: Decimal) -> int | Decimal:
    if not value:
        return 0
    sign, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)  # JSON has no NaN
    kept = len("".join(map(str, digits)).rstrip("0"))
    exponent += len(digits) - kept
    if 0 <= exponent < MOST_DIGITS:
        return int(value)
    return Decimal((sign, digits[:kept], exponent))


def parse_json(text: str) -> Any:
    """Parse JSON exactly: decimals stay decimal, and what is not JSON raises ValueError."""
    try:
        if not isinstance(text, str) or text.startswith("\ufeff"):
            return json.loads(text, parse_float=Decimal, parse_constant=_not_json)
        return EXACT.decode(text)
    except RecursionError as error:
        raise ValueError("JSON nested too deeply") from error
    except ArithmeticError as error:
        raise ValueError("a number out of all bounds") from error


def parse_object(text: str | None) -> dict[str, Any] | None:
    """Parse a JSON object exactly; None for no text and for any other text."""
    try:
        document = parse_json(text or "")
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def _not_json(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


EXACT = json.JSONDecoder(parse_float=Decimal, parse_constant=_not_json)
"""Made once: ``json.loads`` makes a decoder for each text when it is given options."""
