"""From a canonical request to the wire's message, or the reason why there is none.

A command that the dialect cannot say (an unknown type where each type has a route of its own, a
body that is no object where a payload is put together) is not sent at all: nothing would be
learnt from what a client of this system cannot do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from urllib.parse import quote, unquote

from harness.core.commands import Acceptance
from harness.core.contract import Contract
from harness.core.http import Request
from harness.core.json_values import parse_object, to_json
from harness.dialect.bindings import Bindings
from harness.dialect.conversions import ConversionError
from harness.dialect.expressions import (
    MISSING,
    REST,
    SETUP,
    Node,
    Reference,
    Text,
    plain_text,
    references,
    rendered,
)
from harness.dialect.model import Dialect, Message, Queue, Route
from harness.dialect.wire import HttpMessage, Payload, QueueMessage, Unsayable, WireMessage

JSON_TYPE = ("Content-Type", "application/json")
KEY_HEADER = "idempotency-key"
BODILESS = frozenset({"GET", "HEAD", "DELETE"})
ENVELOPE = frozenset({"id", "type", "key", "version"})
"""Names by which references mean the command's envelope; all others are its members."""
NAMES_SETUP = "setup"
"""The conversion of a member whose value is the name of what was set up."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A canonical command as it was put: its id where the server is to make the real one."""

    message: WireMessage
    kind: str | None
    id: str | None = None
    creates: bool = False


def makes_id(dialect: Dialect, message: Message) -> bool:
    """True if a command's message leaves the id to the server."""
    return dialect.makes_ids and not message.sent and "id" not in placed(message)


def placed(message: Message) -> frozenset[str]:
    """The names of members that have a place of their own."""
    names = (*(reference.name for reference in all_references(message)), *message.path_names)
    return frozenset(name for name in names if not is_set_up(name))


def is_set_up(name: str) -> bool:
    """True if a reference is to what is set up before the first command."""
    return name.startswith(SETUP)


def all_references(message: Message) -> Iterator[Reference]:
    """Every reference in a message's query, headers, claims and body."""
    nodes = [*message.query.values(), *message.headers.values(), *message.claims.values()]
    for node in [*nodes, message.body] if message.body is not None else nodes:
        yield from references(node)


def written(message: Message, body: Any) -> str:
    """A body as it is sent: JSON, or the text that it is."""
    return str(body) if isinstance(message.body, Text) else to_json(body)


def _version_member(contract: Contract) -> str:
    """The member by which the contract's commands name a version; empty if they do not."""
    return "" if contract.version is None else contract.version.member


def has_repetition(dialect: Dialect) -> bool:
    """True if a command can be marked as a repetition."""
    messages = [form.message for form in dialect.commands.values()]
    return all(isinstance(m.address, Queue) or "key" in placed(m) for m in messages)


def speak_command(
    dialect: Dialect, contract: Contract, request: Request, bindings: Bindings
) -> Spoken | Unsayable:
    """The wire form of a canonical command."""
    document = parse_object(request.body)
    kind = document.get("type") if document is not None else None
    form = dialect.form(kind)
    if form is None:
        return Unsayable("every command type has a way of its own, and none is for "
                         f"{_shown(document, kind)}")
    if form.message.sent:
        values = {**_set_up(form.message, {}, bindings), "key": wire_key(request, bindings)}
        return Spoken(addressed(form.message, request, values, request.body), None)
    if document is None:
        return Unsayable("a body that is no object cannot be put together from members")
    return _Speaker(dialect, contract, form.message, request, bindings).spoken(document)


def _shown(document: Any, kind: Any) -> str:
    return "a body that is no object" if document is None else f"the type {kind!r:.60}"


@dataclass(frozen=True, slots=True)
class _Speaker:
    """One command on its way to the wire."""

    dialect: Dialect
    contract: Contract
    message: Message
    request: Request
    bindings: Bindings

    def spoken(self, document: dict[str, Any]) -> Spoken | Unsayable:
        id, kind = document.get(self.contract.id_member, MISSING), document.get("type")
        creates = makes_id(self.dialect, self.message)
        reason = self._unplaced(document, id, creates=creates)
        if reason:
            return Unsayable(reason)
        values = self._values(document, id, creates=creates)
        try:
            body = None if self.message.body is None else rendered(self.message.body, values)
            body = self.dialect.hook.apply("request", body, document)
            bodiless = body is None or self._bodiless(body)
            text = None if bodiless else written(self.message, body)
            message = addressed(self.message, self.request, values, text)
        except ConversionError as error:
            return Unsayable(f"the wire has no form for it: {error}")
        return Spoken(message, str(kind), id if isinstance(id, str) else None, creates)

    def _bodiless(self, body: Any) -> bool:
        address = self.message.address
        return isinstance(address, Route) and address.method in BODILESS and body == {}

    def _values(self, document: dict[str, Any], id: Any, *, creates: bool) -> dict[str, Any]:
        taken = placed(self.message)
        elsewhere = self._placed_as_version()
        own = {name: v for name, v in document.items()
               if name not in ("type", self.contract.id_member, *elsewhere)}
        rest = {name: value for name, value in own.items() if name not in taken}
        return {**own, **_set_up(self.message, own, self.bindings),
                "id": self._wire_id(id), "type": document.get("type", MISSING),
                "key": self._key(creates=creates), "version": self._version(document, id),
                REST: rest}

    def _placed_as_version(self) -> set[str]:
        """The contract's version member, where the message has a place for the version."""
        member = _version_member(self.contract)
        return {member} if member and "version" in placed(self.message) else set()

    def _wire_id(self, id: Any) -> Any:
        """A valid id in the system's form; a hostile one as it is."""
        valid = self.contract.ids.accepts(id) is not Acceptance.MUST_NOT
        return self.bindings.wire(id) if valid else id

    def _key(self, *, creates: bool) -> Any:
        key = wire_key(self.request, self.bindings, creates=creates)
        always = key is MISSING and any(r.always for r in all_references(self.message))
        return self.bindings.new_key() if always else key

    def _version(self, document: dict[str, Any], id: Any) -> Any:
        """The version that the command names, or else the one that a reply gave last."""
        member = _version_member(self.contract)
        if member:
            return document.get(member, MISSING)
        return self.bindings.versions.get(id, MISSING) if isinstance(id, str) else MISSING

    def _unplaced(self, document: dict[str, Any], id: Any, *, creates: bool) -> str:
        """Why a command cannot be said in this form; empty if it can."""
        taken = placed(self.message)
        if creates and self.contract.ids.accepts(id) is Acceptance.MUST_NOT:
            return "the server makes the id, so that a client cannot name a wrong one"
        known = document.keys() - {"type", self.contract.id_member, *self._placed_as_version()}
        if REST not in taken and known - taken:
            return f"the command has no place for {', '.join(sorted(known - taken))}"
        if self.dialect.ids == "number" and isinstance(id, int) and not isinstance(id, bool):
            return "a number is a right id of this system"
        for name in self._texts():
            reason = self._unwritable(name, document, id)
            if reason:
                return reason
        return ""

    def _texts(self) -> Iterator[str]:
        """The names of members that have to be texts: parts of a path, parameters, headers."""
        yield from (name for name in self.message.path_names if not is_set_up(name))
        for node in (*self.message.query.values(), *self.message.headers.values()):
            yield from (r.name for r in references(node) if r.name not in ("key", "version"))
        if isinstance(self.message.body, Text):
            yield from (place.name for place in self.message.body.places
                        if place.conversion is None and place.name not in ENVELOPE)

    def _unwritable(self, name: str, document: dict[str, Any], id: Any) -> str:
        """Why a member cannot be told as a text: it would be another value, or none at all."""
        value = id if name == "id" else document.get(name, MISSING)
        in_path = name in self.message.path_names
        if value is MISSING or value == "":
            return f"the path has a place for {name}, which is not there" if in_path else ""
        if name == "id":
            return "" if isinstance(value, str) else "the id has no place but a text's"
        member = self.contract.types.get(str(document.get("type")), {}).get(name)
        if member is None or member.accepts(value) is not Acceptance.MUST_NOT:
            return ""
        plain = isinstance(value, str) and member.accepts(_number(value)) is Acceptance.MUST_NOT
        return "" if plain else f"an ill-typed {name} would be a right one as a text"


def _number(text: str) -> Any:
    try:
        return Decimal(text)
    except ArithmeticError:
        return None


def repetition_key(request: Request) -> str | None:
    """The Idempotency-Key of a canonical request."""
    return next((v for name, v in request.headers if name.lower() == KEY_HEADER), None)


def wire_key(request: Request, bindings: Bindings, *, creates: bool = False) -> Any:
    """The repetition key of a request in the form that the system's keys have, or MISSING.

    A key that creates is the play's own: where the server makes ids, the same key in another play
    would be the same creation.
    """
    key = repetition_key(request)
    return MISSING if key is None else bindings.wire_key(key, own=creates)


def speak_query(
    dialect: Dialect, contract: Contract, id: str, bindings: Bindings
) -> WireMessage | Unsayable:
    """The wire form of a canonical query."""
    message = dialect.query.message
    valid = contract.ids.accepts(id) is not Acceptance.MUST_NOT
    if not valid and dialect.query.among is not None and "id" not in placed(message):
        return Unsayable("a list of all is asked for without an id")
    values: dict[str, Any] = {"id": bindings.wire(id) if valid else id, REST: {},
                              **_set_up(message, {}, bindings)}
    try:
        body = None if message.body is None else written(
            message, rendered(message.body, values))
        found = addressed(message, Request("GET", ""), values, body)
    except ConversionError as error:
        return Unsayable(f"the wire has no form for it: {error}")
    return replace(found, asks=True) if isinstance(found, HttpMessage | Payload) else found


def queried_id(contract: Contract, request: Request) -> str:
    """The id that a canonical query asks for."""
    return unquote(request.path.removeprefix(contract.path.rstrip("/") + "/"))


def _set_up(
    message: Message, members: Mapping[str, Any], bindings: Bindings
) -> dict[str, Any]:
    """The values of what was set up: by its own reference, or by a member that names it."""
    references = list(all_references(message))
    names = (*(each.name for each in references), *message.path_names)
    found = {name: _known(name, bindings) for name in names if is_set_up(name)}
    naming = [each.name for each in references
              if each.conversion is not None and each.conversion.name == NAMES_SETUP]
    naming += [name for name, conversion in message.path_conversions.items()
               if conversion.name == NAMES_SETUP]
    return found | {name: bindings.set_up_id(members[name]) for name in naming if name in members}


def _known(name: str, bindings: Bindings) -> Any:
    """A value of a thing set up; its reference where a message is only told."""
    found = bindings.of_set_up(name)
    return name if found is MISSING else found


def addressed(
    message: Message, request: Request, values: Mapping[str, Any], body: str | None
) -> WireMessage:
    """A message with these values; ``request`` spells the names of its headers."""
    address = message.address
    if isinstance(address, Queue):
        key = values.get("key", MISSING)
        return QueueMessage(address.queue, body or "", None if key is MISSING else key)
    if not isinstance(address, Route):
        return Payload(address.function, "{}" if body is None else body)
    path = _path(address, values) + _query(message.query, values)
    headers = _headers(message, request, values, has_body=body is not None)
    claims = {name: rendered(node, values) for name, node in message.claims.items()}
    return HttpMessage(
        Request(address.method, path, headers, body),
        {name: value for name, value in claims.items() if value is not MISSING})


def _path(address: Route, values: Mapping[str, Any]) -> str:
    texts = {name: _quoted(_text(address, name, values[name])) for name in address.path.names}
    return address.path.fill(texts)


def _quoted(text: str) -> str:
    try:
        return quote(text, safe="")
    except UnicodeEncodeError:
        raise ConversionError("half a surrogate pair has no place in a URL") from None


def _text(address: Route, name: str, value: Any) -> str:
    conversion = address.conversions.get(name)
    return plain_text(value if conversion is None else conversion.to_wire(value))


def _query(query: Mapping[str, Node], values: Mapping[str, Any]) -> str:
    given = {name: rendered(node, values) for name, node in query.items()}
    texts = [f"{_quoted(name)}={_quoted(plain_text(value))}"
             for name, value in given.items() if value is not MISSING]
    return f"?{'&'.join(texts)}" if texts else ""


def _headers(
    message: Message, request: Request, values: Mapping[str, Any], *, has_body: bool
) -> tuple[tuple[str, str], ...]:
    """The request's headers; a name is written as the request writes it, if it has it."""
    spelt = {name.lower(): name for name, _ in request.headers}
    given = {name: rendered(node, values) for name, node in message.headers.items()}
    own = [(spelt.get(name.lower(), name), _header(value))
           for name, value in given.items() if value is not MISSING]
    named = any(name.lower() == "content-type" for name, _ in own)
    typed = (has_body or (message.sent and request.method == "POST")) and not named
    return (JSON_TYPE, *own) if typed else tuple(own)


def _header(value: Any) -> str:
    text = plain_text(value)
    if not all(" " <= character <= "~" for character in text):
        raise ConversionError(f"{text!r:.60} has no place in a header")
    return text
