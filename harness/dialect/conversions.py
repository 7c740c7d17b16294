"""Named conversions: how one value of a contract is written on the wire, and read back.

A conversion is named by the form that the wire has: ``text`` is a number written as text. Each
loses nothing, so that a value comes back exactly as it was sent.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from harness.core.json_values import parse_json, plain_numbers, to_json


class ConversionError(ValueError):
    """A value that the conversion does not know."""


class SetUpId(str):
    """An id on the wire of something that was set up: what a play has named it, it knows."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """Both directions of a conversion; each raises ``ConversionError`` for a foreign value."""

    name: str
    to_wire: Callable[[Any], Any]
    to_canonical: Callable[[Any], Any]


def _number(value: Any) -> int | Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ConversionError(f"{value!r:.80} is no number")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ConversionError(f"{value!r:.80} is no text")
    return value


def _number_of(text: Any) -> int | Decimal:
    try:
        return _number(parse_json(_text(text)))
    except ValueError:
        raise ConversionError(f"{text!r:.80} is no number written as text") from None


def _parsed(text: Any) -> Any:
    try:
        return parse_json(_text(text))
    except ValueError:
        raise ConversionError(f"{text!r:.80} is no JSON text") from None


def _decoded(text: Any) -> str:
    try:
        return base64.b64decode(_text(text), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        raise ConversionError(f"{text!r:.80} is no base64 text") from None


def _encoded(value: Any) -> str:
    try:
        return base64.b64encode(_text(value).encode("utf-8")).decode("ascii")
    except UnicodeEncodeError:
        raise ConversionError("half a surrogate pair has no encoding") from None


def _digits(value: Any) -> int:
    text = _text(value)
    if not (text.isascii() and text.isdecimal()) or str(int(text[:4000])) != text:
        raise ConversionError(f"{value!r:.80} is no number in digits")
    return int(text)


def _shifted(value: Any, places: int) -> Any:
    """A number with its decimal point moved, digit by digit."""
    sign, digits, exponent = Decimal(_number(value)).as_tuple()
    assert isinstance(exponent, int)  # JSON has no NaN
    return plain_numbers(Decimal((sign, digits, exponent + places)))


def _only(value: Any) -> Any:
    if not isinstance(value, list) or len(value) != 1:
        raise ConversionError(f"{value!r:.80} is no list of one value")
    return value[0]


def _set_up_id(value: Any) -> SetUpId:
    if isinstance(value, dict | list | bool) or value is None:
        raise ConversionError(f"{value!r:.80} is no id")
    return SetUpId(value)


CONVERSIONS: Mapping[str, Conversion] = MappingProxyType({
    each.name: each
    for each in (
        Conversion("text", lambda value: to_json(plain_numbers(_number(value))), _number_of),
        Conversion("number", _digits, lambda value: str(_number(value))),
        Conversion("cents", lambda value: _shifted(value, 2), lambda value: _shifted(value, -2)),
        Conversion("json", to_json, _parsed),
        Conversion("base64", _encoded, _decoded),
        Conversion("list", lambda value: [value], _only),
        Conversion("setup", lambda value: value, _set_up_id),
    )
})
"""text: a number as text. number: digits as a number. cents: a number in hundredths. json: any
value as JSON text. base64: a text's UTF-8 bytes. list: a list of the one value. setup: the id of
what was set up by that name; only a play knows it (``Bindings``)."""
