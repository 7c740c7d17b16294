"""``Fn::ForEach``, expanded.

Source: CloudFormation User Guide, "Fn::ForEach": ``Fn::ForEach::Name: [Identifier, [values],
{Key: body}]``, with ``${Identifier}`` in keys and texts, ``&{Identifier}`` for its alphanumeric
characters only, and ``Ref``; the values may be those of a list parameter. It stands in sections and
in a resource's properties, and may be nested.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

PREFIX: Final = "Fn::ForEach::"
MOST: Final = 2000
"""Keys that one loop may make: four times as many as a template may have resources."""

Values = Mapping[str, Any]


def expanded(value: Any, parameters: Values) -> Any:
    """The value with every loop expanded; a loop that cannot be read stays."""
    if isinstance(value, list):
        return [expanded(item, parameters) for item in value]
    if not isinstance(value, dict):
        return value
    found: dict[str, Any] = {}
    for key, item in value.items():
        if key.startswith(PREFIX) and _is_loop(item, parameters):
            found.update(list(_expansion(item, parameters))[:MOST])
        else:
            found[key] = expanded(item, parameters)
    return found


def _is_loop(item: Any, parameters: Values) -> bool:
    return (isinstance(item, list) and len(item) == 3 and isinstance(item[0], str)
            and isinstance(item[2], dict) and _values(item[1], parameters) is not None)


def _values(given: Any, parameters: Values) -> list[str] | None:
    if isinstance(given, dict) and given.keys() == {"Ref"}:
        given = parameters.get(str(given["Ref"]))
    named = [parameters.get(str(each["Ref"])) if isinstance(each, dict) and "Ref" in each else each
             for each in given] if isinstance(given, list) else None
    return None if named is None or None in named else [str(each) for each in named]


def _expansion(loop: list[Any], parameters: Values) -> Iterator[tuple[str, Any]]:
    name, given, body = loop
    for value in _values(given, parameters) or ():
        yield from expanded(_with(body, name, value), parameters).items()


def _with(value: Any, name: str, chosen: str) -> Any:
    """The value with the chosen text in place of the identifier."""
    if isinstance(value, str):
        plain = re.sub(r"[^A-Za-z0-9]", "", chosen)
        return value.replace(f"${{{name}}}", chosen).replace(f"&{{{name}}}", plain)
    if isinstance(value, list):
        return [_with(item, name, chosen) for item in value]
    if not isinstance(value, dict):
        return value
    if value == {"Ref": name}:
        return chosen
    return {_with(key, name, chosen): _with(item, name, chosen) for key, item in value.items()}
