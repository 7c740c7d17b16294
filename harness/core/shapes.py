"""Check data read from a file against the field types that a dataclass declares.

Dataclasses do not check their values, and a person may have edited the file. Its data is
therefore checked against the annotations once, where it is read.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints


def shape_error(instance: Any) -> str | None:
    """Name the first field whose value is not of its declared type; None if all are."""
    hints = get_type_hints(type(instance))
    for field in fields(instance):
        value = getattr(instance, field.name)
        if not matches_type(hints[field.name], value):
            return f"{field.name}: expected {_type_name(hints[field.name])}, got {value!r:.80}"
    return None


def matches_type(hint: Any, value: Any) -> bool:
    """Tell if a value is of an annotated type; true is not a number, and 1 is a float."""
    if hint is Any:
        return True
    if get_origin(hint) in (Union, UnionType):
        return any(matches_type(member, value) for member in get_args(hint))
    if get_origin(hint) is tuple:
        return isinstance(value, tuple) and _matches_tuple(get_args(hint), value)
    if isinstance(value, bool):
        return hint is bool
    if hint is float:
        return isinstance(value, int | float)
    return isinstance(value, hint) and (not is_dataclass(value) or shape_error(value) is None)


def _matches_tuple(hints: tuple[Any, ...], value: tuple[Any, ...]) -> bool:
    if len(hints) == 2 and hints[1] is Ellipsis:
        return all(matches_type(hints[0], item) for item in value)
    return len(hints) == len(value) and all(map(matches_type, hints, value))


def _type_name(hint: Any) -> str:
    if hint is NoneType:
        return "null"
    if get_origin(hint) in (Union, UnionType):
        return " or ".join(_type_name(member) for member in get_args(hint))
    return "a list" if get_origin(hint) is tuple else str(getattr(hint, "__name__", hint))
