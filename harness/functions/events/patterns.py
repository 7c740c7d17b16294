"""EventBridge event patterns: what AWS refuses, and which events a pattern matches.

Sources: Amazon EventBridge User Guide, "Event pattern syntax", "Comparison operators" and "Arrays
in event patterns"; aws/event-ruler 2.0.1, the matcher that EventBridge runs (README, "JSON Array
Matching" and "And and Or relationship"). Decision 0029 says why this is our own.

A pattern is compiled into alternatives (one without ``$or``); ``pattern_matching`` matches each.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Any, Final

from harness.functions.events.pattern_leaves import Number, number
from harness.functions.events.pattern_matching import Alternative, alternative
from harness.functions.events.pattern_values import (
    Pairs,
    Value,
    ValueRefused,
    read_value,
    shown,
)
from harness.functions.events.pattern_wildcards import COMPLEXITY_LIMIT, complexity

OR: Final = "$or"
RESERVED: Final = frozenset({
    "exactly", "equals-ignore-case", "prefix", "suffix", "anything-but", "exists", "wildcard",
    "numeric", "cidr", "=", "<", "<=", ">", ">=", "regex", "not-wildcard",
    "not-equals-ignore-case", "date-after", "date-on-or-after", "date-before", "date-on-or-before",
    "in-date-range", "ip-address-in-range", "ip-address-not-in-range",
})
"""Names that no field inside ``$or`` may have."""
ALTERNATIVES_LIMIT: Final = 1000

Branch = dict[str, tuple[Value, ...]]


class PatternInvalid(ValueError):
    """AWS refuses the event pattern (InvalidEventPatternException)."""

    def __init__(self, subject: str, *, expected: str, got: str, remedy: str) -> None:
        self.subject, self.expected = subject, expected
        self.got, self.remedy = got, remedy
        super().__init__(f"{subject}: expected {expected}, got {got}; {remedy}.")


def matches(pattern_text: str, event: Mapping[str, Any]) -> bool:
    """Tell whether an event matches a pattern.

    Raises:
        PatternInvalid: AWS refuses the pattern.
    """
    return event_pattern(pattern_text).matches(event)


@lru_cache(maxsize=256)
def event_pattern(text: str) -> EventPattern:
    """Compile a pattern from its JSON text.

    Raises:
        PatternInvalid: AWS refuses the pattern.
    """
    branches = _Reader().read(text)
    _refuse_complex(branches)
    return EventPattern(text, tuple(map(alternative, branches)))


@dataclass(frozen=True, slots=True)
class EventPattern:
    """A compiled event pattern; ``text`` is its JSON."""

    text: str
    alternatives: tuple[Alternative, ...]

    def matches(self, event: Mapping[str, Any]) -> bool:
        """Tell whether an event matches."""
        return any(each.matches(event) for each in self.alternatives)

    def texts(self, member: str) -> tuple[str, ...]:
        """The plain strings that the pattern lists for a member of the event."""
        listed = json.loads(self.text).get(member)
        values = listed if isinstance(listed, list) else []
        return tuple(value for value in values if isinstance(value, str))


class _Reader:
    """From a pattern's text to its alternatives: for each, the values of its fields by path."""

    def read(self, text: str) -> list[Branch]:
        """Read the whole pattern.

        Raises:
            PatternInvalid: AWS refuses it.
        """
        pattern = _parsed(text)
        if not isinstance(pattern, tuple):
            raise _refused("event pattern", "a JSON object", shown(pattern))
        return self._object(pattern, "", [{}], within_or=False)

    def _object(
        self, members: Pairs, path: str, branches: list[Branch], *, within_or: bool
    ) -> list[Branch]:
        """Add an object's members to all alternatives; ``$or`` comes last and wins."""
        if not members:
            raise _refused(_at(path), "at least one field", "an empty object")
        for name, value in sorted(members, key=lambda member: member[0] == OR):
            if name == OR:
                branches = self._or(value, path, branches)
            elif within_or and name in RESERVED:
                raise _refused(_at(path), f"another field name inside {OR}", f"the operator {name}")
            else:
                branches = self._member(f"{path}{name}", value, branches, within_or=within_or)
        return branches

    def _member(
        self, path: str, value: Any, branches: list[Branch], *, within_or: bool
    ) -> list[Branch]:
        if isinstance(value, tuple):
            return self._object(value, f"{path}.", branches, within_or=within_or)
        if not isinstance(value, list):
            raise _refused(_at(path), "a list of values or an object", shown(value))
        values = _values(path, value)
        return [{**branch, path: values} for branch in branches]

    def _or(self, value: Any, path: str, branches: list[Branch]) -> list[Branch]:
        objects = value if isinstance(value, list) else []
        if len(objects) < 2 or not all(isinstance(each, tuple) for each in objects):
            raise _refused(_at(path), f"a list of at least two objects after {OR}", shown(value))
        if len(branches) * len(objects) > ALTERNATIVES_LIMIT:
            raise _refused(_at(path), f"at most {ALTERNATIVES_LIMIT} combinations of {OR}", "more")
        return [found for each in objects
                for found in self._object(each, path, branches, within_or=True)]


def _values(path: str, given: list[Any]) -> tuple[Value, ...]:
    if not given:
        raise _refused(_at(path), "at least one value", "an empty list")
    try:
        return tuple(read_value(each) for each in given)
    except ValueRefused as refused:
        raise _refused(_at(path), refused.expected, refused.got) from None


def _refuse_complex(branches: Sequence[Branch]) -> None:
    """See that no value of an event can match too many wildcard prefixes of a field at once.

    Alternatives count together where they agree in all fields before that one.
    """
    fields = [(tuple(sorted(branch.items()))[:place], path, branch[path])
              for branch in branches for place, path in enumerate(sorted(branch))]
    wildcards = [(str(before), path, values) for before, path, values in fields
                 if any(value.wildcards for value in values)]
    ordered = sorted(wildcards, key=lambda field: field[:2])
    for (_, path), group in groupby(ordered, key=lambda field: field[:2]):
        values = {value.wildcards: None for _, _, found in group for value in found}
        if complexity([each for each in values if each]) > COMPLEXITY_LIMIT:
            raise _refused(_at(path), "a simpler pattern",
                           "too many wildcards, or too many repetitions after a wildcard")


def _at(path: str) -> str:
    return f"event pattern, {path.rstrip('.')}" if path else "event pattern"


def _refused(subject: str, expected: str, got: str) -> PatternInvalid:
    return PatternInvalid(subject, expected=expected, got=got, remedy="correct the pattern")


def _parsed(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=tuple, parse_int=number, parse_float=number,
                          parse_constant=_constant)
    except (ValueError, RecursionError) as error:
        raise _refused("event pattern", "JSON", str(error) or "deep nesting") from None


def _constant(name: str) -> Number:
    raise ValueError(f"{name}, which is not JSON")
