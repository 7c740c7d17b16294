"""The text that a pipe from a stream or a queue hands to its target.

Source: EventBridge User Guide, "Amazon EventBridge Pipes input transformation": a template has
``<$.path>`` in place of an event's value; a text in it gets its quotes where JSON needs them. The
parameters of a target may be such paths themselves. The records are those of the stream.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from harness.functions.events.kinesis import flat
from harness.functions.events.target_input import TargetInputError, target_input
from harness.functions.lambda_json import to_json

_PLACE: Final = re.compile(r"<(\$[^<>]*)>")


def pipe_text(record: Mapping[str, Any], template: str | None) -> str:
    """The text that the target gets: the record, or what the template makes of it."""
    if template is None:
        return to_json(record)
    paths = {f"v{number}": path
             for number, path in enumerate(dict.fromkeys(_PLACE.findall(template)))}
    names = {path: name for name, path in paths.items()}
    written = _PLACE.sub(lambda found: f"<{names[found[1]]}>", template)
    try:
        return to_json(target_input(record, input_transformer={
            "InputPathsMap": paths, "InputTemplate": written.strip()}))
    except TargetInputError:
        return _PLACE.sub(lambda found: parameter(record, found[1]), template)


def pipe_value(record: Any, template: str | None) -> Any:
    """The value that a function gets: the record, or what the template makes of it."""
    if template is None:
        return record
    text = pipe_text(record, template)
    try:
        return json.loads(text)
    except ValueError:
        return text


def piped_record(record: Mapping[str, Any]) -> Any:
    """A stream's record as a pipe has it; one of Kinesis has its members beside each other."""
    return flat(record) if "kinesis" in record else record


def with_read_body(record: Mapping[str, Any]) -> dict[str, Any]:
    """A queue's message with its body read as JSON, as paths and patterns see it."""
    try:
        return {**record, "body": json.loads(record["body"])}
    except (ValueError, RecursionError):
        return dict(record)


def answers_of(value: Any) -> list[Any]:
    """The events in the answer of an enrichment: those of a list, or one; none if it is empty."""
    found = value if isinstance(value, list) else [value]
    return [each for each in found if each not in (None, "", {}, [])]


def parameter(record: Mapping[str, Any], value: str) -> str:
    """A parameter of the target: a text, or the value at a path of the record."""
    if not value.startswith("$."):
        return value
    try:
        found = target_input(record, input_path=value)
    except TargetInputError:
        return value
    return found if isinstance(found, str) else to_json(found)
