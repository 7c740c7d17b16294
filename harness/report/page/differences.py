"""The expected beside the observed, line by line, with the difference marked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any

Line = tuple[str, bool]
"""A line of text, and true if the other side does not have it."""


@dataclass(frozen=True, slots=True)
class Pair:
    """The lines that stand beside each other; an empty text where one side has none."""

    expected: Line
    observed: Line


def side_by_side(expected: Any, observed: Any) -> list[Pair]:
    """Pair the lines of two JSON values, or of two texts."""
    left, right = _lines(expected), _lines(observed)
    pairs: list[Pair] = []
    for tag, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        changed = tag != "equal"
        pairs += [Pair((one, changed), (other, changed))
                  for one, other in zip_longest(left[a:b], right[c:d], fillvalue="")]
    return pairs


def _lines(value: Any) -> list[str]:
    if not isinstance(value, str):
        return json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True).splitlines()
    try:
        parsed = json.loads(value)
    except (ValueError, RecursionError):
        return value.splitlines()
    return _lines(parsed) if isinstance(parsed, dict | list) else value.splitlines()
