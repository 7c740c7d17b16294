"""Checks of single members, and of whole commands described as tables of them.

Patterns are matched in full and name ASCII ranges: a dollar sign would let a final newline pass,
and the classes for digits and letters take every script's.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from .interface import Command, InvalidCommandError

_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_TEXT = re.compile("[^\u0000-\u001f\ud800-\udfff]{1,1000}")
_LEAST, _MOST = Decimal("0.01"), Decimal(1_000_000)
_DATE_TIME = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"[Tt]([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9]|60)(?:\.[0-9]+)?"
    r"(?:[Zz]|([+-])([01][0-9]|2[0-3]):([0-5][0-9]))"
)


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a command: its check, in words for the caller, and whether it may be absent."""

    holds: Callable[[object], bool]
    expected: str
    optional: bool = False


Shapes = Mapping[str, Mapping[str, Member]]


def is_identifier(value: object) -> bool:
    """Tell whether the value is an id: a letter or digit, then up to 127 of `A-Za-z0-9._-`."""
    return isinstance(value, str) and _IDENTIFIER.fullmatch(value) is not None


def is_text(value: object) -> bool:
    """Tell whether the value is 1 to 1,000 code points without C0 controls and lone surrogates."""
    return isinstance(value, str) and _TEXT.fullmatch(value) is not None


def is_amount(value: object) -> bool:
    """Tell whether the value is a number from 0.01 to 1,000,000 with at most two decimals."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return False
    return _LEAST <= value <= _MOST and value == round(Decimal(value), 2)


def is_date_time(value: object) -> bool:
    """Tell whether the value is an RFC 3339 date-time; lower-case `t` and `z` are (section 5.6)."""
    match = _DATE_TIME.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return False
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    return _in_calendar(year, month, day) and (
        second < 60 or _ends_utc_day(hour * 60 + minute - _offset_minutes(*match.groups()[6:]))
    )


def _in_calendar(year: int, month: int, day: int) -> bool:
    try:
        date(year or 400, month, day)  # Python has no year 0, which is a leap year like 400
    except ValueError:
        return False
    return True


def _offset_minutes(sign: str | None, hours: str | None, minutes: str | None) -> int:
    size = int(hours or 0) * 60 + int(minutes or 0)
    return -size if sign == "-" else size


def _ends_utc_day(minute: int) -> bool:
    """Tell whether a leap second may follow: only 23:59 UTC has one (RFC 3339, section 5.7)."""
    return minute % (24 * 60) == 24 * 60 - 1


def parse(shapes: Shapes, id_member: str, body: Mapping[str, object]) -> Command:
    """Read a command of one of the shapes; members no shape names are dropped."""
    kind = body.get("type")
    if not isinstance(kind, str) or kind not in shapes:
        raise InvalidCommandError(f"type: expected one of {', '.join(shapes)}")
    members = _take(shapes[kind], body)
    return Command(kind, members[id_member], members)


def _take(shape: Mapping[str, Member], body: Mapping[str, object]) -> dict[str, Any]:
    for name, member in shape.items():
        due = name in body or not member.optional
        if due and not member.holds(body.get(name)):
            raise InvalidCommandError(f"{name}: expected {member.expected}")
    return {name: body[name] for name in shape if name in body}
