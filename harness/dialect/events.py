"""Events of the store and of the bus: from the wire's form to the canonical one, and back.

A canonical event is what docs/contract.md, section 4, says: eventId, type, the id, version, and
the members that the contract names. Whatever else an item holds is the system's own business:
bookkeeping, such as a mark that it was published, may change.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from harness.core.attribute_values import plain_item
from harness.core.bus_entry import BusEntry
from harness.core.contract import Contract
from harness.core.history import Published, Stored
from harness.core.json_values import parse_json, parse_object, to_json
from harness.dialect.bindings import Bindings
from harness.dialect.expressions import MISSING, Pointer, Source
from harness.dialect.model import Dialect, EventForm, StoreForm

NO_EVENT = "not an event"
"""The only member of what a record holds in an event's place where there is no event."""


class KeptBackError(Exception):
    """The event's aggregate is unknown: the reply to its creation has not been seen."""


@dataclass(frozen=True, slots=True)
class WireEvent:
    """An event as the wire has it: envelope and members, with the system's own id."""

    id: Any
    kind: str
    version: Any
    event_id: Any
    members: dict[str, Any]


def read_event(
    form: EventForm, contract: Contract, document: Any, parts: Mapping[str, str]
) -> WireEvent | None:
    """The event in a document; ``parts`` are what its key or attributes say of it."""
    kind = _kind(form, contract, document, parts)
    id = _envelope(form.id, "id", document, parts)
    if kind not in contract.stored_types or id is MISSING or id is None:
        return None
    payload = _payload(form.payload.find(document))
    sources = {name: form.members.get(name, Source(Pointer((name,))))
               for name in contract.stored_types[kind]}
    members = {name: value for name, each in sources.items()
               if (value := each.find(payload)) is not MISSING}
    version = _counted(_envelope(form.version, "version", document, parts), form.first)
    return WireEvent(id, kind, version, _envelope(form.event_id, "event_id", document, parts),
                     members)


def _kind(
    form: EventForm, contract: Contract, document: Any, parts: Mapping[str, str]
) -> str:
    """The type of an event; where nothing says it, the contract's only one. "": none."""
    if form.type is None and "type" not in parts and len(contract.stored_types) == 1:
        return next(iter(contract.stored_types))
    kind = _envelope(form.type, "type", document, parts)
    return form.types.get(kind, kind) if isinstance(kind, str) else ""


def _envelope(source: Source | None, name: str, document: Any, parts: Mapping[str, str]) -> Any:
    if name in parts:
        return parts[name]
    return MISSING if source is None else source.find(document)


def _payload(value: Any) -> Any:
    """The payload, which may be a JSON text."""
    if not isinstance(value, str):
        return value
    try:
        return parse_json(value)
    except ValueError:
        return value


def _counted(value: Any, first: int) -> Any:
    """A version counted from 1; what is no whole number is left as it is."""
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        value = int(value[:40])
    whole = isinstance(value, int | Decimal) and not isinstance(value, bool)
    return value + 1 - first if whole else value


def write_event(form: EventForm, contract: Contract, event: WireEvent) -> dict[str, Any]:
    """A document that ``read_event`` reads as that event."""
    document: dict[str, Any] = {}
    payload: dict[str, Any] = {}
    for name, value in event.members.items():
        _put(payload, form.members.get(name, Source(Pointer((name,)))), value)
    if form.payload.pointer.parts:
        _put(document, form.payload, payload)
    else:
        document |= payload
    kinds = {kind: wire for wire, kind in form.types.items()}
    version = event.version + form.first - 1 if isinstance(event.version, int) else event.version
    for source, value in ((form.type, kinds.get(event.kind, event.kind)), (form.id, event.id),
                          (form.version, version), (form.event_id, event.event_id)):
        if source is not None and value is not MISSING:
            _put(document, source, value)
    return document


def _put(document: dict[str, Any], source: Source, value: Any) -> None:
    conversion = source.conversion
    source.pointer.put(document, value if conversion is None else conversion.to_wire(value))


def stored_parts(form: StoreForm, key: str, document: Mapping[str, Any]) -> dict[str, str] | None:
    """The event that an object's key or an item's attributes describe; None without one."""
    parts: dict[str, str] = {}
    if form.key is not None:
        found = form.key.match(key)
        if found is None:
            return None
        parts |= found
    for name, pattern in form.match.items():
        found = pattern.match(_text(document.get(name)))
        if found is None:
            return None
        parts |= found
    return parts


def _text(value: Any) -> Any:
    """The text that a pattern is matched with: of a whole number, its digits."""
    whole = isinstance(value, int | Decimal) and not isinstance(value, bool)
    return str(value) if whole else value


def canonical_stored(
    dialect: Dialect, contract: Contract, record: Stored, bindings: Bindings
) -> Stored | Published:
    """The record of a stored event in canonical form; the text of another thing says so.

    Raises:
        KeptBackError: it is an event of a creation whose reply has not been seen.
    """
    form = dialect.store
    event = None if form is None else _stored(dialect, form, contract, record)
    if form is None or event is None or bindings.is_set_up(event.id):
        return unread(record)
    document = _canonical(contract, event, bindings, dialect)
    if not form.tells("event_id"):
        document["eventId"] = record.key
    if not form.tells("version"):
        document["version"] = bindings.place(str(event.id), record.key)
    if record.change == "removed":
        bindings.stored.pop(record.key, None)
    else:
        bindings.stored[record.key] = document
    return replace(record, text=to_json(document))


def unread(record: Stored | Published) -> Stored | Published:
    """The record of something that is no event: what it holds is not looked into."""
    return _with_text(record, to_json({NO_EVENT: _told(record)}))


def as_written(record: Stored | Published) -> Stored | Published:
    """The record that ``unread`` was given."""
    return _with_text(record, parse_json(_told(record))[NO_EVENT])


def recognised(record: Stored | Published) -> Mapping[str, Any] | None:
    """The canonical event in a record that the dialect has read; None if it has none."""
    try:
        document = parse_json(_told(record))
    except ValueError:
        return None
    return document if isinstance(document, dict) and NO_EVENT not in document else None


def _told(record: Stored | Published) -> str:
    return record.text if isinstance(record, Stored) else record.detail


def _with_text(record: Stored | Published, text: str) -> Stored | Published:
    if isinstance(record, Stored):
        return replace(record, text=text)
    return replace(record, detail=text)


def _stored(
    dialect: Dialect, form: StoreForm, contract: Contract, record: Stored
) -> WireEvent | None:
    try:
        document = parse_json(record.text)
    except ValueError:
        return None
    document = plain_item(document) if form.table is not None else document
    document = dialect.hook.apply("stored", document)
    if not isinstance(document, dict):
        return None
    parts = stored_parts(form, record.key, document)
    return None if parts is None else read_event(form.event, contract, document, parts)


def _canonical(
    contract: Contract, event: WireEvent, bindings: Bindings, dialect: Dialect
) -> dict[str, Any]:
    """An event by its canonical names."""
    id = bindings.canonical(event.id)
    if id is None and dialect.makes_ids and bindings.is_hidden(event.id):
        raise KeptBackError
    document = {"eventId": event.event_id, "type": event.kind,
                contract.id_member: str(event.id) if id is None else id,
                "version": event.version, **bindings.set_up_names(event.members)}
    return {name: value for name, value in document.items() if value is not MISSING}


def canonical_published(
    dialect: Dialect, contract: Contract, record: Published, bindings: Bindings
) -> Stored | Published:
    """The record of a published event in canonical form.

    Members that are missing on the bus are taken from the stored event it refers to.

    Raises:
        KeptBackError: it is an event of a creation whose reply has not been seen.
    """
    form = dialect.published
    event = None if form is None else _published(dialect, form, contract, record)
    if form is None or event is None or bindings.is_set_up(event.id):
        return unread(record)
    document = _canonical(contract, event, bindings, dialect)
    if form.event_id is None or form.version is None:
        document = (bindings.stored_like(document) or {}) | document
    if "eventId" in document:
        bindings.entries.setdefault(str(document["eventId"]), record.detail)
    named = _naming(form, contract, record)
    inside = form.type_inside and named not in _names(form, contract)
    kind = event.kind if inside else form.types.get(named, named)
    if inside or named != record.detail_type:
        bindings.sources[kind] = (record.source, record.detail_type)
    return replace(record, detail_type=kind, detail=to_json(document))


def _naming(form: EventForm, contract: Contract, record: Published) -> str:
    """The text beside the detail that names the event's type: its DetailType, or its Source."""
    names = _names(form, contract)
    told = record.detail_type in names or record.source not in names
    return record.detail_type if told else record.source


def _names(form: EventForm, contract: Contract) -> Set[str]:
    """The names of event types, the system's and the contract's; other texts name none."""
    return form.types.keys() | contract.stored_types.keys()


def _published(
    dialect: Dialect, form: EventForm, contract: Contract, record: Published
) -> WireEvent | None:
    try:
        document = dialect.hook.apply("published", parse_json(record.detail))
    except ValueError:
        return None
    parts = {"type": _naming(form, contract, record)} if form.type is None else {}
    return read_event(form, contract, document, parts)


def wire_entry(
    dialect: Dialect, contract: Contract, entry: BusEntry, bindings: Bindings
) -> BusEntry:
    """A canonical entry as this system publishes it; what is no event stays as it is.

    An event that the system has published before is published in its own words.
    """
    form, document = dialect.published, parse_object(entry.detail) or {}
    if form is None or document.get("type") not in contract.stored_types or (
        contract.id_member not in document
    ):
        return entry
    kinds = {kind: wire for wire, kind in form.types.items()}
    known = bindings.entries.get(str(document.get("eventId")))
    written = write_event(form, contract, _wire_event(contract, document, bindings))
    source, detail_type = bindings.sources.get(entry.detail_type) or (
        entry.source, kinds.get(entry.detail_type, entry.detail_type))
    return replace(entry, source=source, detail_type=detail_type, detail=known or to_json(written))


def _wire_event(
    contract: Contract, document: Mapping[str, Any], bindings: Bindings
) -> WireEvent:
    kind = document["type"]
    members = {name: document[name] for name in contract.stored_types[kind] if name in document}
    return WireEvent(bindings.wire(str(document[contract.id_member])), kind,
                     document.get("version", MISSING), document.get("eventId", MISSING), members)
