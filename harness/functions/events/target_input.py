"""The input that a rule's target receives: Input, InputPath or InputTransformer.

Source: Amazon EventBridge User Guide, "Amazon EventBridge input transformation", and the API
Reference, "InputTransformer". Its rules, in its order: predefined variables are reserved; a
variable whose path is not in the event is not created; strings are quoted for the template unless
it quotes them; values put inside quotes are not escaped; an object or list put inside the quotes of
a text loses its own. Inside the quotes of a JSON template it keeps them, so that the outcome is no
JSON, and the event is not delivered: LocalStack's snapshots of AWS, test_events_inputs,
``{"singlelistitem": "<listsingle>"}``. A target that is a Lambda function needs JSON.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any

from harness.functions.lambda_json import from_json

_STEP = re.compile(r"\.([\w/-]+)|\[(\d+)\]", re.ASCII)
_PATH = re.compile(r"\$(?:\.[\w/-]+|\[\d+\])*", re.ASCII)
_TOKEN = re.compile(r'\\.|"|<([\w.-]+)>|[^\\"<]+|.', re.ASCII | re.DOTALL)


class _Absent(Enum):
    """The value of a path that is not in the event."""

    ABSENT = "absent"


class TargetInputError(ValueError):
    """A target's input cannot be made; ``setting`` names the one at fault, ``reason`` says why."""

    def __init__(self, setting: str, reason: str) -> None:
        super().__init__(f"The target's {setting} cannot be used: {reason}.")
        self.setting = setting
        self.reason = reason


def target_input(
    event: Mapping[str, Any],
    *,
    input: str | None = None,
    input_path: str | None = None,
    input_transformer: Mapping[str, Any] | None = None,
    rule_arn: str = "",
    rule_name: str = "",
    ingestion_time: str | None = None,
) -> Any:
    """Make the JSON value the target receives for ``event``; the event itself if nothing is set.

    Every call makes a value of its own, so that a function that changes its event changes no
    later delivery of it.

    Args:
        event: as ``event_bridge_event`` makes it.
        input: constant JSON text.
        input_path: a JSONPath of members and indices (``$.detail.orders[0]``); one that is not in
            the event gives None.
        input_transformer: InputTemplate and, optionally, InputPathsMap, as in a template.
        rule_arn: the value of ``<aws.events.rule-arn>``.
        rule_name: the value of ``<aws.events.rule-name>``.
        ingestion_time: the value of ``<aws.events.event.ingestion-time>``; None gives the event's.

    Raises:
        TargetInputError: more than one of the three is set, a path is outside the subset, a
            template names an unknown variable, or the outcome is not JSON.

    """
    given = [setting for setting in (input, input_path, input_transformer) if setting is not None]
    if len(given) > 1:
        raise TargetInputError("input", "only one of Input, InputPath, InputTransformer may be set")
    if input is not None:
        return _parsed(input, "Input")
    if input_path is not None:
        found = _select(event, input_path, "InputPath")
        return None if found is _Absent.ABSENT else copy.deepcopy(found)
    if input_transformer is not None:
        reserved = _reserved(event, rule_arn, rule_name, ingestion_time)
        return _transformed(event, input_transformer, reserved)
    return copy.deepcopy(event)


def check_target_input(
    input: str | None, input_path: str | None, input_transformer: Mapping[str, Any] | None
) -> None:
    """See that an input can be made for some event, as PutTargets does for any.

    Raises:
        TargetInputError: no event can be delivered with it.

    """
    given = [setting for setting in (input, input_path, input_transformer) if setting is not None]
    transformer = input_transformer or {}
    if len(given) > 1 or input_transformer is None:
        target_input({}, input=input, input_path=input_path, input_transformer=input_transformer)
        return
    names = _chosen({}, transformer) | _reserved({}, "", "", None)
    _filled(_template(transformer), names, _as_json)


def _reserved(
    event: Mapping[str, Any], rule_arn: str, rule_name: str, ingestion_time: str | None
) -> dict[str, Any]:
    """Name the predefined variables; ``aws.events.event`` has no detail and spells detailType."""
    spelling = {"detail-type": "detailType"}
    head = {spelling.get(name, name): event[name] for name in event if name != "detail"}
    return {
        "aws.events.rule-arn": rule_arn,
        "aws.events.rule-name": rule_name,
        "aws.events.event": head,
        "aws.events.event.json": event,
        "aws.events.event.ingestion-time": ingestion_time or event.get("time", ""),
    }


def _transformed(
    event: Mapping[str, Any], transformer: Mapping[str, Any], reserved: Mapping[str, Any]
) -> Any:
    template = _template(transformer)
    values = {**_chosen(event, transformer), **reserved}
    try:
        return from_json(_filled(template, values, _as_json))
    except ValueError as error:
        if isinstance(error, TargetInputError):
            raise
        return _as_plain_text(template, values, error)


def _template(transformer: Mapping[str, Any]) -> str:
    template = transformer.get("InputTemplate")
    if not isinstance(template, str):
        raise TargetInputError("InputTransformer", "it has no InputTemplate")
    return template


def _chosen(event: Mapping[str, Any], transformer: Mapping[str, Any]) -> dict[str, Any]:
    """The values of InputPathsMap."""
    paths = transformer.get("InputPathsMap") or {}
    return {name: _select(event, path, "InputPathsMap") for name, path in paths.items()}


def _as_plain_text(template: str, values: Mapping[str, Any], error: ValueError) -> str:
    """Take a template that does not set out to be JSON for a text ("<a> is in state <b>")."""
    if template.lstrip().startswith(("{", "[", '"')):
        raise TargetInputError("InputTemplate", f"its output is not JSON ({error})") from error
    return _filled(template, values, _as_text)


def _filled(template: str, values: Mapping[str, Any], outside_quotes: Callable[[Any], str]) -> str:
    """Fill the placeholders in: raw text inside quotes."""
    inside_quotes = _as_it_is if template.lstrip().startswith(("{", "[")) else _as_text
    written: list[str] = []
    quoted = False
    for token in _TOKEN.finditer(template):
        quoted ^= token[0] == '"'
        render = inside_quotes if quoted else outside_quotes
        written.append(render(_value(values, token[1])) if token[1] else token[0])
    return "".join(written)


def _value(values: Mapping[str, Any], name: str) -> Any:
    if name not in values:
        raise TargetInputError("InputTemplate", f"it contains invalid placeholder {name}")
    return values[name]


def _as_json(value: Any) -> str:
    return json.dumps("" if value is _Absent.ABSENT else value, separators=(",", ":"))


def _as_it_is(value: Any) -> str:
    """A value inside the quotes of a JSON template: an object's own quotes end the text."""
    return value if isinstance(value, str) else "" if value is _Absent.ABSENT else _as_json(value)


def _as_text(value: Any) -> str:
    if value is _Absent.ABSENT:
        return ""
    return value if isinstance(value, str) else _as_json(value).replace('"', "")


def _select(event: Mapping[str, Any], path: Any, setting: str) -> Any:
    if not isinstance(path, str) or not _PATH.fullmatch(path):
        raise TargetInputError(setting, f"{path!r} is no path of members and indices")
    value: Any = event
    for step in _STEP.finditer(path):
        value = _member(value, step[1]) if step[1] else _element(value, int(step[2]))
    return value


def _member(value: Any, name: str) -> Any:
    return value.get(name, _Absent.ABSENT) if isinstance(value, Mapping) else _Absent.ABSENT


def _element(value: Any, index: int) -> Any:
    inside = isinstance(value, list | tuple) and index < len(value)
    return value[index] if inside else _Absent.ABSENT


def _parsed(text: str, setting: str) -> Any:
    try:
        return from_json(text)
    except ValueError as error:
        raise TargetInputError(setting, f"it is not JSON ({error})") from error
