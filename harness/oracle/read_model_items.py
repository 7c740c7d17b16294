"""Decode items of the read model, and compare them with views."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from harness.core.commands import View
from harness.core.compression import as_text
from harness.core.json_values import parse_json, plain_numbers, same_json, to_json


def item_shows(text: str | None, view: View, named: frozenset[str]) -> bool:
    """Tell if a stored item holds the view: as attributes, at the top or one level down.

    It may hold more, but no other member that the contract names.
    """
    if text is None:
        return view is None
    candidates = documents_of(json.loads(text))
    if view is None:
        return not any(len(candidate) > 3 for candidate in candidates)
    return any(
        _holds(candidate, view) and not (named - view.keys()) & candidate.keys()
        for candidate in candidates
    )


def documents_of(item: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The documents that an item may hold as a view: itself, and each object among its values."""
    plain = {name: _plain(value) for name, value in item.items()}
    inner = (_document(value) for value in plain.values())
    return [plain, *(value for value in inner if isinstance(value, dict))]


def _binary(content: str) -> str:
    try:
        return as_text(base64.b64decode(content))
    except ValueError:
        return content


def _document(value: Any) -> Any:
    """The value of an attribute; a JSON text is parsed."""
    if not isinstance(value, str) or not value.startswith("{"):
        return value
    try:
        return parse_json(value)
    except ValueError:
        return value


def _holds(candidate: dict[str, Any], view: Mapping[str, Any]) -> bool:
    return all(name in candidate and _has_value(candidate[name], view[name]) for name in view)


def _has_value(stored: Any, shown: Any) -> bool:
    """Tell if an attribute has the value of a view's member, in whatever type it is stored."""
    if isinstance(stored, str) and isinstance(shown, list | Mapping):
        return True
    if isinstance(stored, str) and not isinstance(shown, str):
        return stored == to_json(plain_numbers(shown))
    return same_json(stored, shown)


def _plain(value: dict[str, Any]) -> Any:
    """The JSON value of an attribute as DynamoDB writes it."""
    kind, content = next(iter(value.items()))
    if kind == "M":
        return {name: _plain(member) for name, member in content.items()}
    if kind == "L":
        return [_plain(item) for item in content]
    if kind == "N":
        return Decimal(content)
    if kind == "B":
        return _binary(content)
    return None if kind == "NULL" else content
