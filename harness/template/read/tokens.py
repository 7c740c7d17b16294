"""Text in which references to resources stay opaque, each between two noncharacters.

``!Sub "x/${Queue.Arn}"`` becomes one string: ``x/``, then the reference. So texts that
CloudFormation would only know after deployment can be joined, compared and searched
before, and turned back into an expression.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from harness.template.read.errors import NotATemplate

OPEN: Final = "\ufdd0"
CLOSE: Final = "\ufdd1"
MAX_TEXT: Final = 1_000_000
_TOKEN = re.compile(f"{OPEN}([^{CLOSE}]*){CLOSE}")


def clean(text: str) -> str:
    """A template's own text without the two delimiters."""
    return text.replace(OPEN, "\ufffd").replace(CLOSE, "\ufffd")


def token(expression: Mapping[str, Any]) -> str:
    """The text for an expression that only deployment can resolve."""
    return bounded(OPEN + json.dumps(expression, sort_keys=True) + CLOSE)


def bounded(text: str) -> str:
    """The text, if it is not too long; nested functions may multiply their text."""
    if len(text) > MAX_TEXT:
        raise NotATemplate(
            "the template's functions",
            expected=f"texts of at most {MAX_TEXT} characters",
            got=f"one of {len(text)}",
            remedy="nest Fn::Sub and Fn::Join less",
        )
    return text


def parsed_json(text: str) -> Any:
    """The value of a JSON text in whose strings expressions wait for deployment.

    Raises:
        ValueError: it is not JSON.
    """
    return json.loads(_TOKEN.sub(lambda found: json.dumps(found.group())[1:-1], text))


def is_final(value: Any) -> bool:
    """Tell if the value has no expression that only deployment can resolve."""
    return not any(True for _ in expressions(value))


def expressions(value: Any) -> Iterator[dict[str, Any]]:
    """The expressions in a value that only deployment can resolve, in order."""
    for text in texts(value):
        for found in _TOKEN.finditer(text):
            yield json.loads(found.group(1))


def texts(value: Any) -> Iterator[str]:
    """Every text in a value, without its keys."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)


def references(value: Any) -> Iterator[str]:
    """The names that a value refers to by any function, in order."""
    for expression in expressions(value):
        yield from _named(expression)


def _named(expression: Any) -> Iterator[str]:
    if isinstance(expression, dict):
        yield from _directly_named(expression)
        for item in expression.values():
            yield from _named(item)
    elif isinstance(expression, list):
        for item in expression:
            yield from _named(item)


def _directly_named(expression: Mapping[str, Any]) -> Iterator[str]:
    if "Ref" in expression:
        yield str(expression["Ref"])
    elif "Fn::GetAtt" in expression:
        yield str(expression["Fn::GetAtt"][0])


def shown(value: Any) -> Any:
    """The value for a reader, with references as ``${LogicalId.Attribute}``."""
    if isinstance(value, str):
        return _TOKEN.sub(lambda found: _as_variable(json.loads(found.group(1))), value)
    if isinstance(value, dict):
        return {key: shown(item) for key, item in value.items()}
    return [shown(item) for item in value] if isinstance(value, list) else value


def _as_variable(expression: dict[str, Any]) -> str:
    if "Ref" in expression:
        return f"${{{expression['Ref']}}}"
    if "Fn::GetAtt" in expression:
        return "${" + ".".join(map(str, expression["Fn::GetAtt"])) + "}"
    return json.dumps(expression)


def rendered(value: Any) -> Any:
    """The value as CloudFormation reads it: texts with references become Fn::Join."""
    if isinstance(value, str):
        return _rendered_text(value)
    if isinstance(value, dict):
        return {key: rendered(item) for key, item in value.items()}
    return [rendered(item) for item in value] if isinstance(value, list) else value


def _rendered_text(text: str) -> Any:
    pieces = list(_pieces(text))
    if len(pieces) == 1:
        return pieces[0]
    return {"Fn::Join": ["", pieces]} if pieces else ""


def _pieces(text: str) -> Iterator[Any]:
    end = 0
    for found in _TOKEN.finditer(text):
        if found.start() > end:
            yield text[end : found.start()]
        yield json.loads(found.group(1))
        end = found.end()
    if end < len(text):
        yield text[end:]
