"""The operations of an OpenAPI document: their names, and the members of requests and views.

Source: OpenAPI Specification 3, "Operation Object", "Schema Object".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.core.errors import UserMistake
from harness.template.read.documents import read

VERBS = ("get", "put", "post", "delete", "patch")


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation; ``members``: of the request's body, name -> JSON type, with ``?`` if optional.

    ``path``: as the document writes it. ``view``: the members of the response with status 200.
    """

    path: str = ""
    name: str = ""
    members: Mapping[str, str] = field(default_factory=dict)
    view: tuple[str, ...] = ()


Operations = Mapping[tuple[str, str], Operation]
"""By method and path, in which every parameter is ``{}``."""


def read_operations(path: Path) -> Operations:
    """The operations of a document.

    Raises:
        UserMistake: it is no OpenAPI document.
    """
    document = read(path)
    paths = document.get("paths") if isinstance(document, dict) else None
    if not isinstance(paths, dict):
        raise UserMistake(f"--openapi {path}", "a file without paths", "give an OpenAPI document",
                          expected="an OpenAPI document")
    return dict(_operations(document, paths))


def plain_path(path: str) -> str:
    """A path whose parameters have no names: two documents may name them differently."""
    return "/".join("{}" if part.startswith("{") else part for part in path.split("/"))


def _operations(
    document: Any, paths: Mapping[str, Any]
) -> Iterator[tuple[tuple[str, str], Operation]]:
    for path, item in paths.items():
        for verb in VERBS:
            found = _mapping(_mapping(item).get(verb))
            if found:
                yield (verb.upper(), plain_path(path)), _operation(document, path, found)


def _operation(document: Any, path: str, found: Mapping[str, Any]) -> Operation:
    schema = _schema(document, found.get("requestBody"))
    required = schema.get("required") or ()
    members = {name: _type(document, each) + ("" if name in required else "?")
               for name, each in _mapping(schema.get("properties")).items()}
    responses = _mapping(found.get("responses"))  # YAML reads the status as a number
    view = _schema(document, {str(status): each for status, each in responses.items()}.get("200"))
    return Operation(path, str(found.get("operationId", "")), members,
                     tuple(_mapping(view.get("properties"))))


def _schema(document: Any, message: Any) -> dict[str, Any]:
    """The schema of a message's JSON."""
    content = _mapping(_resolved(document, message).get("content"))
    media = _mapping(content.get("application/json"))
    return _resolved(document, media.get("schema"))


def _type(document: Any, schema: Any) -> str:
    return str(_resolved(document, schema).get("type", "string"))


def _resolved(document: Any, value: Any) -> dict[str, Any]:
    """A value itself, or the one that its ``$ref`` points to."""
    for _ in range(10):
        pointer = _mapping(value).get("$ref")
        if not isinstance(pointer, str) or not pointer.startswith("#/"):
            break
        value = document
        for part in pointer[2:].split("/"):
            value = _mapping(value).get(part)
    return _mapping(value)


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
