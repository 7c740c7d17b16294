"""Checking a dialect's document against its JSON Schema, which is part of the package.

An error names the file, the key, what is expected there, and what it got: the expectation is the
``description`` of the innermost part of the schema that has one.
"""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any

from jsonschema import Draft202012Validator, ValidationError

from harness.dialect.errors import DialectError, nearest

LONGEST_SHOWN = 80


@cache
def schema() -> dict[str, Any]:
    """The JSON Schema of a dialect."""
    text = (resources.files("harness.dialect") / "schema.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def check_schema(document: Any, place: str) -> None:
    """See that a document has the form of a dialect; ``place`` names its file and table.

    Raises:
        DialectError: it has another one.
    """
    errors = Draft202012Validator(schema()).iter_errors(document)
    first = min(errors, key=lambda error: (-len(error.absolute_path), str(error.json_path)),
                default=None)
    if first is not None:
        raise _told(first, place)


def _told(error: ValidationError, place: str) -> DialectError:
    key = ".".join(map(str, error.absolute_path))
    subject = f"{key} in {place}" if key else place
    if error.validator == "additionalProperties":
        return _unknown(error, subject)
    if error.validator == "required":
        missing = next(name for name in error.validator_value if name not in error.instance)
        return DialectError(subject, expected=f"the key {missing}", got="none",
                            remedy=f"add {missing}, {_description(error, missing)}")
    if error.validator == "oneOf":
        keys = [name for option in error.validator_value for name in option["required"]]
        given = [name for name in keys if name in error.instance]
        return DialectError(subject, expected=f"one of the keys {', '.join(keys)}",
                            got=" and ".join(given) or "none of them",
                            remedy="give exactly one of them")
    return DialectError(subject, expected=str(error.schema.get("description", error.message)),
                        got=shown(error.instance), remedy="correct the value")


def _unknown(error: ValidationError, subject: str) -> DialectError:
    known = list(error.schema["properties"])
    unknown = next(name for name in error.instance if name not in known)
    return DialectError(subject, expected=f"only the keys {', '.join(known)}",
                        got=f"the key {unknown}",
                        remedy=f"{nearest(unknown, known)}rename or remove it")


def _description(error: ValidationError, name: str) -> str:
    return str(error.schema["properties"][name].get("description", "a value"))


def shown(value: Any) -> str:
    """A value as a message shows it."""
    text = repr(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."
