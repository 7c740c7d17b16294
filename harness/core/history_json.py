"""Histories as JSON Lines, and back: a header with namespace and system, then one line a record."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any

from harness.core.errors import UserMistake
from harness.core.history import (
    OPTIONAL_FIELDS,
    OPTIONAL_MEMBERS,
    RECORDS,
    FunctionFacts,
    History,
    Record,
    Reply,
    Role,
    Statement,
    System,
)
from harness.core.http import Response
from harness.core.shapes import shape_error


class HistoryError(UserMistake, ValueError):
    """A saved history cannot be read; the subject is the line."""


def to_lines(history: History) -> Iterator[str]:
    """JSON Lines: a header with namespace and system, then one line a record."""
    system = {name: value for name, value in asdict(history.system).items()
              if value or name not in OPTIONAL_FIELDS}
    yield json.dumps({"namespace": history.namespace, "system": system})
    for record in history.records:
        told = {name: value for name, value in asdict(record).items()
                if value or name not in OPTIONAL_MEMBERS}
        yield json.dumps({"record": type(record).__name__, **told})


def from_lines(lines: list[str]) -> History:
    """The history that ``to_lines`` wrote.

    Raises:
        HistoryError: a line is not what is expected there.
    """
    documents = [_parse(number, line) for number, line in enumerate(lines, start=1)]
    if not documents or documents[0].keys() != {"namespace", "system"}:
        raise HistoryError("line 1", expected="the header with namespace and system")
    records = tuple(_record(n, document) for n, document in enumerate(documents[1:], start=2))
    return replace(_header(documents[0]), records=records)


def _header(document: dict[str, Any]) -> History:
    try:
        history = History(document["namespace"], _system(document["system"]), ())
    except (TypeError, ValueError, KeyError) as error:
        raise HistoryError("line 1", f"the header: {error!r}") from error
    wrong = shape_error(history)
    if wrong is not None:
        raise HistoryError("line 1", f"the header: {wrong}")
    return history


def _parse(number: int, line: str) -> dict[str, Any]:
    try:
        document = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise HistoryError(f"line {number}", f"not JSON: {error}") from error
    if not isinstance(document, dict):
        raise HistoryError(f"line {number}", expected="an object")
    return document


def _record(number: int, document: dict[str, Any]) -> Record:
    name = document.pop("record", "")
    kind = RECORDS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise HistoryError(f"line {number}", expected=f"a record of one of {', '.join(RECORDS)}")
    try:
        record: Record = kind(**{name: _value(name, v) for name, v in document.items()})
    except (TypeError, ValueError, KeyError) as error:
        raise HistoryError(f"line {number}", f"{kind.__name__}: {error}") from error
    wrong = shape_error(record)
    if wrong is not None:
        raise HistoryError(f"line {number}", f"{kind.__name__}: {wrong}")
    return record


def _value(name: str, value: Any) -> Any:
    if name == "response":
        headers = tuple((key, text) for key, text in value["headers"])
        return Response(value["status"], headers, value["body"])
    if name == "reply":
        return Reply(value)
    if name == "role":
        return None if value is None else Role(value)
    return _frozen(value)


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def _system(document: dict[str, Any]) -> System:
    functions = tuple(_facts(facts) for facts in document["functions"])
    names = tuple(document["names"])
    sizes = tuple((role, size) for role, size in document["batch_sizes"])
    return System(functions, document["queued"], tuple(document["capabilities"]), names, sizes,
                  tuple(document.get("in_line", ())),
                  **{name: _frozen(document[name]) for name in OPTIONAL_FIELDS
                     if name in document})


def _facts(document: dict[str, Any]) -> FunctionFacts:
    statements = document["statements"]
    return FunctionFacts(
        document["name"],
        _value("role", document["role"]),
        None if statements is None else tuple(
            Statement(tuple(s["actions"]), tuple(s["resources"])) for s in statements
        ),
    )
