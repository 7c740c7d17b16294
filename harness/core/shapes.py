"""Whether data read from a file has the shape that a dataclass declares.

Dataclasses do not look at their values. What a person may have edited is therefore checked
against the annotations, once, where it is read.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints


def misfit(instance: Any) -> str | None:
    """What is wrong with the first field that does not hold what it declares, if any does not."""
    hints = get_type_hints(type(instance))
    for field in fields(instance):
        value = getattr(instance, field.name)
        if not fits(hints[field.name], value):
            return f"{field.name}: expected {_named(hints[field.name])}, got {value!r:.80}"
    return None


def fits(hint: Any, value: Any) -> bool:
    """Whether a value is of an annotated type; true is no number, and 1 is a float."""
    if hint is Any:
        return True
    if get_origin(hint) in (Union, UnionType):
        return any(fits(member, value) for member in get_args(hint))
    if get_origin(hint) is tuple:
        return isinstance(value, tuple) and _fits_tuple(get_args(hint), value)
    if isinstance(value, bool):
        return hint is bool
    if hint is float:
        return isinstance(value, int | float)
    return isinstance(value, hint) and (not is_dataclass(value) or misfit(value) is None)


def _fits_tuple(hints: tuple[Any, ...], value: tuple[Any, ...]) -> bool:
    if len(hints) == 2 and hints[1] is Ellipsis:
        return all(fits(hints[0], item) for item in value)
    return len(hints) == len(value) and all(map(fits, hints, value))


def _named(hint: Any) -> str:
    if hint is NoneType:
        return "null"
    if get_origin(hint) in (Union, UnionType):
        return " or ".join(_named(member) for member in get_args(hint))
    return "a list" if get_origin(hint) is tuple else str(getattr(hint, "__name__", hint))
