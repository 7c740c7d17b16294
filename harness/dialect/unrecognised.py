"""The reason why a dialect recognises no event in a record: the line that does not fit it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.core.attribute_values import plain_item
from harness.core.contract import Contract
from harness.core.history import Published, Stored
from harness.core.json_values import parse_json, to_json
from harness.dialect.events import stored_parts
from harness.dialect.expressions import MISSING, Source
from harness.dialect.model import Dialect, EventForm, StoreForm

LONGEST = 60
"""Characters of a value that are shown."""


def reason(dialect: Dialect, contract: Contract, record: Stored | Published) -> str:
    """The first line of the dialect that does not fit a record; "" if none is known."""
    form = dialect.store if isinstance(record, Stored) else dialect.published
    if form is None:
        return ""
    text, hook = ((record.text, "stored") if isinstance(record, Stored)
                  else (record.detail, "published"))
    try:
        document = parse_json(text)
    except ValueError:
        return "it is no JSON"
    in_table = isinstance(form, StoreForm) and form.table is not None
    document = dialect.hook.apply(hook, plain_item(document) if in_table else document)
    if not isinstance(document, dict):
        return "it is no JSON object"
    if isinstance(record, Published):
        assert isinstance(form, EventForm)
        parts = {"type": record.detail_type} if form.type is None else {}
        return next(_of_event(form, contract, document, parts), "")
    assert isinstance(form, StoreForm)
    return next(_of_store(form, contract, record.key, document), "")


def _of_store(
    form: StoreForm, contract: Contract, key: str, document: dict[str, Any]
) -> Iterator[str]:
    if form.key is not None and form.key.match(key) is None:
        yield f"key {form.key.text!r} does not match {_short(key)}"
    for name, pattern in form.match.items():
        if name not in document:
            yield f"it has no {name}, which match names"
        elif stored_parts(StoreForm(form.event, match={name: pattern}), key, document) is None:
            yield f"match.{name} {pattern.text!r} does not match {_short(document[name])}"
    parts = stored_parts(form, key, document)
    if parts is not None:
        yield from _of_event(form.event, contract, document, parts)


def _of_event(
    form: EventForm, contract: Contract, document: dict[str, Any], parts: Mapping[str, str]
) -> Iterator[str]:
    several = len(contract.stored_types) > 1
    if "type" not in parts and form.type is None and several:
        yield "nothing tells its type: name members.type"
    elif "type" in parts or form.type is not None:
        kind = _found("type", form.type, document, parts)
        if kind is MISSING:
            yield f"it has nothing at members.type {_place(form.type)}"
        elif not isinstance(kind, str) or kind not in form.types:
            yield f"its type {_short(kind)} is not in types"
    found = _found("id", form.id, document, parts)
    if found is MISSING or found is None:
        yield (f"it has nothing at members.id {_place(form.id)}" if form.id
               else "nothing tells its id: name members.id")


def _found(name: str, source: Source | None, document: Any, parts: Mapping[str, str]) -> Any:
    return parts[name] if name in parts else source.find(document) if source else MISSING


def _place(source: Source | None) -> str:
    return to_json(".".join(source.pointer.parts)) if source else ""


def _short(value: Any) -> str:
    text = to_json(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
