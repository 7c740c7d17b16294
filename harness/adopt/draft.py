"""A draft of how a system speaks: its commands, its query and its events, as far as is known.

Names come from an OpenAPI document where there is one, else from the code, else from the template.
The draft is data; ``draft_dialect`` and ``draft_contract`` write it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from harness.adopt.code_reading import literals_of
from harness.adopt.draft_store import event_store, keys_of, told_by_keys
from harness.adopt.literals import Literals, unique
from harness.adopt.openapi import Operation, Operations, plain_path
from harness.core.json_values import parse_json
from harness.template import Function, Route, Template

HASH = re.compile(r"[0-9A-F]{8}$")
"""The end of a logical id that the CDK has made."""
SPELT_OUT = re.compile(r"(?<=[a-z\d])(?:Dash(?!board)|Underscore)")
"""How the Serverless Framework writes the marks of a function's name in its logical id."""
KIND_OF_FUNCTION = re.compile(r"(LambdaFunction|Function|Lambda|Handler|Fn)$")
QUERY = re.compile(r"get|list|query|find|read|fetch|search|view", re.IGNORECASE)
ASKING = re.compile(rf"(?:{QUERY.pattern.title()}|{QUERY.pattern})(?=[A-Z_-]|$)")
"""The same as a word of its own: ``listOrders``, and not ``listings``."""
PARAMETER = re.compile(r"\{(\w+)\+?\}")
KEYS = ("idempotencyKey", "requestId", "idempotency_key", "request_id", "commandId", "messageId")
"""Members that usually mark a command that is sent again."""
NAMING = ("type", "commandType", "command_type", "command", "action", "kind")
"""Members of a body that usually name the type of a command."""
ENVELOPE: Mapping[str, tuple[str, ...]] = {
    "type": ("type", "eventType", "event_type", "kind", "eventName", "detailType", "name", "what"),
    "version": ("version", "seq", "sequence", "sequenceNumber", "revision", "eventVersion"),
    "event_id": ("eventId", "event_id", "uuid", "messageId"),
    "payload": ("payload", "data", "detail", "eventData", "event_data", "EventData"),
}
"""Members of an event's envelope, by the names that they usually have."""


@dataclass(frozen=True, slots=True)
class DraftCommand:
    """One command type: its address as the dialect writes it, and its members.

    ``address``: ``route = "..."`` or ``invoke = "..."``. ``members``: name -> type, as an OpenAPI
    document or a model writes it; empty: not known. ``in_path``: those that the path has.
    ``id_place``: the body's member that is the id; ``path`` and ``server`` for other places.
    ``wire_type``: the type of its event on the wire, if that is known. ``named_by``: the body's
    member that names the type, where one route takes several. ``key_header``: marks a repetition.
    """

    name: str
    address: str
    members: Mapping[str, str]
    id_place: str
    key: str = ""
    key_header: str = ""
    wire_type: str = ""
    named_by: str = ""
    deletes: bool = False
    has_body: bool = True


@dataclass(frozen=True, slots=True)
class DraftQuery:
    """The query: its address; ``listed``: only a list of all is served."""

    address: str = ""
    listed: bool = False
    view: tuple[str, ...] = ()
    with_body: bool = False


@dataclass(frozen=True, slots=True)
class DraftEvents:
    """The event store and the members of an event, by envelope member; "" where unknown.

    ``match``: attribute -> pattern, for keys that the code puts together.
    """

    kind: str = ""
    store: str = ""
    members: Mapping[str, str] = field(default_factory=dict)
    match: Mapping[str, str] = field(default_factory=dict)
    published: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft of a system. ``projects``: a rule or a stream leads to a function."""

    name: str
    id_member: str
    path: str
    commands: tuple[DraftCommand, ...]
    query: DraftQuery
    events: DraftEvents
    projects: bool


def is_for_all_paths(found: Route) -> bool:
    """Tell if a route stands for many: an application behind it has routes of its own."""
    return found.path == "$default" or "+}" in found.path


def draft_of(template: Template, operations: Operations) -> Draft:
    """The draft of a template's system."""
    return _Drafter(template, operations).draft()


class _Drafter:
    def __init__(self, template: Template, operations: Operations) -> None:
        self._template, self._operations = template, operations
        self._literals = {f.logical_id: literals_of(f) for f in template.functions}
        self._id_member = self._find_id_member()

    def draft(self) -> Draft:
        commands = tuple(_creation_first(_named_once(list(self._commands()))))
        query = self._query()
        return Draft(
            name=_name_of(self._id_member, query.address), id_member=self._id_member,
            path=f"/{_name_of(self._id_member, query.address)}", commands=commands, query=query,
            events=self._events(),
            projects=bool(self._reached() or self._template.relays))

    # -- commands and query --------------------------------------------------------------

    def _routes(self, *, reads: bool) -> list[Route]:
        every = [r for each in self._template.routes for r in self._plain(each)
                 if r.method not in ("OPTIONS", "HEAD")]
        by_method = any(route.method == "GET" for route in every)
        own = [r for r in every
               if (r.method == "GET" if by_method else _asks(r)) is reads]
        return sorted(own, key=lambda route: route.path.count("{"))

    def _plain(self, found: Route) -> Iterator[Route]:
        """The routes that a route stands for: one for all paths has those of the operations.

        A route for any method stands for a command and a query.
        """
        if is_for_all_paths(found):
            begin = "" if found.path == "$default" else found.path.rpartition("{")[0]
            for (method, _), operation in self._operations.items():
                if operation.path.startswith(begin) and found.method in ("ANY", method):
                    yield replace(found, method=method, path=operation.path)
        elif found.method == "ANY":
            yield from (replace(found, method=method) for method in ("POST", "GET"))
        else:
            yield found

    def _find_id_member(self) -> str:
        """The usual name of the id: that of a path's parameter, else of a body's member."""
        routes = (*self._routes(reads=False), *self._routes(reads=True))
        names = [name for route in routes for name in PARAMETER.findall(route.path)]
        in_bodies = [name for each in self._literals.values() for name in each.members]
        ids = [n for n in in_bodies if re.search(r"(Id|_id|^id|^sku)$", n) and n not in KEYS]
        found = next((n for n in (*names, *ids) if n not in ("id", "proxy")), "")
        return found or ("id" if "id" in (*names, *ids) else "aggregateId")

    def _commands(self) -> Iterator[DraftCommand]:
        routes = self._routes(reads=False)
        for found in routes:
            several = [r.target for r in routes].count(found.target) > 1
            yield from self._typed(self._of_route(found, several=several), self._of_target(found))
        if not routes:
            for function in self._invoked():
                if not QUERY.match(plain_name(function.logical_id)):
                    yield self._of_function(function)

    def _of_route(self, found: Route, *, several: bool) -> DraftCommand:
        operation = self._operations.get((found.method, plain_path(found.path)), Operation())
        literals = self._of_target(found)
        parameters = PARAMETER.findall(found.path)
        types = literals.event_types if not several else ()
        by_route, by_function = f"{found.method} {found.path}", self._taking(found)
        name = _pascal(operation.name) or (
            _pascal(by_route) if several else plain_name(by_function))
        members = dict(operation.members) or _members(literals)
        draft = self._command(name, f'route = "{found.method} {_with_id(found.path)}"', members,
                              types)
        path = dict.fromkeys(parameters[1:], "path")
        place = "path" if parameters else draft.id_place
        return replace(draft, id_place=place, members={**path, **draft.members},
                       key_header=literals.key_header,
                       deletes=found.method == "DELETE",
                       has_body=found.method != "DELETE" or bool(draft.members))

    def _typed(self, command: DraftCommand, literals: Literals) -> Iterator[DraftCommand]:
        """A command; or one for each type, where a member of the body names it."""
        named_by = next((name for name in NAMING if name in literals.members), "")
        types = literals.event_types or event_types(self._template)
        if not named_by or len(types) < 2:
            yield command
            return
        members = {n: t for n, t in command.members.items() if n != named_by}
        for each in types:
            yield replace(command, name=_pascal_type(each), members=members, wire_type=each,
                          named_by=named_by)

    def _of_target(self, found: Route) -> Literals:
        return self._literals.get(self._taking(found), Literals())

    def _taking(self, found: Route) -> str:
        """The function that takes the requests of a route, also out of a queue."""
        fed = {feed.queue: feed.function for feed in self._template.feeds}
        return fed.get(found.target, found.target)

    def _of_function(self, function: Function) -> DraftCommand:
        literals = self._literals[function.logical_id]
        return self._command(plain_name(function.logical_id),
                             f'invoke = "{function.logical_id}"', _members(literals),
                             literals.event_types)

    def _command(
        self, name: str, address: str, members: Mapping[str, str], types: Sequence[str]
    ) -> DraftCommand:
        id_place = next((n for n in (self._id_member, "id", "aggregateId") if n in members),
                        "server")
        key = next((n for n in KEYS if n in members), "")
        own = {n: t for n, t in members.items() if n not in (id_place, key, "type")}
        return DraftCommand(name, address, own, id_place, key,
                            wire_type=types[0] if len(types) == 1 else "")

    def _query(self) -> DraftQuery:
        routes = sorted(self._routes(reads=True), key=self._beside_commands, reverse=True)
        one = next((r for r in routes if r.path.count("{") == 1), None)
        found = one or next(iter(routes), None)
        if found is not None:
            operation = self._operations.get((found.method, plain_path(found.path)), Operation())
            route = f'route = "{found.method} {_with_id(found.path)}"'
            bodiless = found.method == "GET"
            return DraftQuery(route, one is None and bodiless, operation.view, not bodiless)
        reading = (f for f in self._invoked() if QUERY.match(plain_name(f.logical_id)))
        function = next(reading, None)
        if function is None:
            return DraftQuery()
        return DraftQuery(f'invoke = "{function.logical_id}"', with_body=True)

    def _beside_commands(self, read: Route) -> bool:
        """Tell if a route reads what some command's route writes: their plain paths are one."""
        return any(_plain_path(read) == _plain_path(r) for r in self._routes(reads=False))

    def _invoked(self) -> list[Function]:
        """The functions that neither a route nor a rule nor a queue nor a stream starts."""
        started = self._reached() | {feed.function for feed in self._template.feeds}
        started |= {route.target for route in self._template.routes}
        started |= {relay.name for relay in self._template.relays}
        return [f for f in self._template.functions if f.logical_id not in started]

    def _reached(self) -> set[str]:
        return {target.logical_id for rule in self._template.rules for target in rule.targets}

    # -- events --------------------------------------------------------------------------

    def _events(self) -> DraftEvents:
        kind, store = event_store(self._template)
        commanding = [self._literals[f.logical_id] for f in self._template.functions
                      if f.logical_id not in self._reached()]
        attributes = unique(*(each.attributes for each in commanding))
        detail = unique(*(each.detail for each in commanding))
        keys = keys_of(self._template, store) if kind == "table" else ()
        prefixes = {k: v for each in reversed(commanding) for k, v in each.prefixes.items()}
        match = {key: f"{prefixes[key]}{{{part}}}"
                 for key, part in zip(keys, ("id", "version"), strict=False) if key in prefixes}
        plain = tuple(name for name in attributes if name not in match)
        members = _with_texts(self._envelope(plain, keys), plain,
                              unique(*(each.texts for each in commanding)))
        if kind == "table" and not match:
            keyed = told_by_keys(self._template, store)
            members = {**keyed, **members, "version": keyed.get("version") or members.get(
                "version", "")}
            members = {name: place for name, place in members.items() if place}
        return DraftEvents(kind, store, members, match, self._envelope(detail, ()))

    def _envelope(self, names: Sequence[str], keys: Sequence[str]) -> dict[str, str]:
        """The places of an event's envelope among some names; ``keys``: of the table."""
        if not names:
            return {}
        found = {each: next((n for n in usual if n in names), "")
                 for each, usual in ENVELOPE.items()}
        id_names = (self._id_member, "aggregateId", "aggregate_id", "streamId", "id", *keys[:1])
        found["id"] = next((n for n in id_names if n in names), "")
        return {name: place for name, place in found.items() if place}


def _with_texts(
    members: dict[str, str], attributes: Sequence[str], texts: Sequence[str]
) -> dict[str, str]:
    """The places, with the payload's conversion where it is JSON text: the only one, if unnamed."""
    in_json = [name for name in attributes if name in texts]
    place = members.get("payload") or (in_json[0] if len(in_json) == 1 else "")
    return {**members, "payload": f"{place}|json"} if place in in_json else members


def event_types(template: Template) -> tuple[str, ...]:
    """The types that the rules ask for."""
    patterns: list[Any] = [parse_json(rule.pattern) for rule in template.rules if rule.pattern]
    return unique(each for pattern in patterns if isinstance(pattern, dict)
                  for each in pattern.get("detail-type", []) if isinstance(each, str))


def _members(literals: Literals) -> dict[str, str]:
    """The members of a body; those of a model have a type."""
    return {**dict(literals.models), **{n: "" for n in literals.members
                                        if n not in literals.models}}


def _asks(found: Route) -> bool:
    """Tell if a route asks for something by its name, such as ``POST /orders/listOrders``."""
    parts = [part for part in found.path.split("/") if part and "{" not in part]
    return found.method == "POST" and bool(parts) and ASKING.match(parts[-1]) is not None


def _creation_first(commands: list[DraftCommand]) -> list[DraftCommand]:
    """The commands; the first one makes an aggregate, so its path has no id if any has none."""
    creating = re.compile(r"create|register|open|add|new|start|place|post", re.IGNORECASE)
    return sorted(commands, key=lambda c: (
        c.deletes, c.id_place == "path", creating.match(c.name) is None))


def _named_once(commands: list[DraftCommand]) -> list[DraftCommand]:
    """The commands with different names."""
    seen: dict[str, int] = {}
    named = []
    for command in commands:
        seen[command.name] = seen.get(command.name, 0) + 1
        number = seen[command.name]
        named.append(command if number == 1 else replace(command, name=f"{command.name}{number}"))
    return named


def plain_name(logical_id: str) -> str:
    """A function's name without what tools add to it."""
    without_hash = HASH.sub("", logical_id)
    if without_hash.endswith("LambdaFunction"):
        without_hash = SPELT_OUT.sub(" ", without_hash)
    return _pascal(KIND_OF_FUNCTION.sub("", without_hash)) or logical_id


def _pascal(text: str) -> str:
    return "".join(word[:1].upper() + word[1:] for word in re.findall(r"[A-Za-z0-9]+", text))


def _pascal_type(text: str) -> str:
    """ORDER_CREATED as OrderCreated; OrderCreated as it is."""
    return _pascal(text.lower().replace("_", " ").title()) if text.isupper() else _pascal(text)


def _with_id(path: str) -> str:
    """A path whose first parameter is ``{id}``."""
    return PARAMETER.sub("{id}", path, count=1)


def _name_of(id_member: str, address: str) -> str:
    """A name for the contract: the last plain part of the query's path, else the id's."""
    path = address.partition(" /")[2].strip('"')
    parts = [part for part in path.split("/") if part and "{" not in part]
    stem = re.sub(r"(Id|_id)$", "", id_member)
    return (re.sub(r"\W", "", parts[-1]) if parts else "") or (stem if stem != "id" else "things")


def _plain_path(found: Route) -> str:
    return found.path.partition("{")[0].rstrip("/")
