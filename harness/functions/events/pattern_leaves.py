"""Leaves of events as event patterns compare them: numbers by value, IP addresses as addresses.

Source: aws/event-ruler 2.0.1, ComparableNumber and CIDR. Numbers are compared as doubles: 300,
300.0 and 3.0e2 are equal. A number that a double cannot hold exactly is compared by its text.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Any, Final

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_IPV4: Final = re.compile(r"[0-9]+(\.[0-9]+){3}", re.ASCII)
_IPV6: Final = re.compile(r"[0-9a-fA-F:]*:[0-9a-fA-F:]*", re.ASCII)
_LONGEST_IPV4: Final = 15
_EXACT_INTEGERS: Final = 1 << 53


@dataclass(frozen=True, slots=True)
class Number:
    """A number of a pattern: its text, and its value where a double holds it exactly."""

    text: str
    value: float | None


def number(text: str) -> Number:
    """Read a JSON number."""
    return Number(text, _exact(text))


def comparable(value: Any) -> float | None:
    """The value of an event's leaf as a number that is compared by value, if it is one."""
    if isinstance(value, float):
        return value if abs(value) != float("inf") else None
    if isinstance(value, int) and not isinstance(value, bool):
        return _exact(str(value)) if abs(value) >= _EXACT_INTEGERS else float(value)
    return None


def _exact(text: str) -> float | None:
    """A number's value, if the shortest text of that double is the same number."""
    value = float(text)
    return value if _digits(repr(value)) == _digits(text) else None


def _digits(text: str) -> tuple[bool, str, int]:
    """Sign, digits without zeros around them and exponent: the same for equal numbers."""
    mantissa, _, exponent = text.lower().lstrip("-").partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    kept = digits.rstrip("0")
    if not kept or not kept.isdecimal():
        return False, kept, 0
    return text.startswith("-"), kept, int(exponent or 0) - len(fraction) + len(digits) - len(kept)


def address(leaf: Any) -> Address | None:
    """The IP address that a text is; IPv4 in IPv6 is IPv4, and zeros may lead, as in Java."""
    if not isinstance(leaf, str):
        return None
    try:
        if _IPV4.fullmatch(leaf) and len(leaf) <= _LONGEST_IPV4:
            return ipaddress.IPv4Address(bytes(map(int, leaf.split("."))))
        if _IPV6.fullmatch(leaf):
            found = ipaddress.IPv6Address(leaf)
            return found.ipv4_mapped or found
    except ValueError:
        return None
    return None
