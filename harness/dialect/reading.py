"""From TOML to a :class:`Dialect`: the schema first, then what a schema cannot say.

A dialect stands in a file of its own, or in ``[tool.cqrs-conformance.dialect]`` of a settings file.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

from harness.core.contract import Contract
from harness.dialect.conversions import CONVERSIONS, Conversion
from harness.dialect.errors import DialectError, nearest
from harness.dialect.expressions import (
    MISSING,
    PART,
    REST,
    SETUP,
    WHOLE,
    WITHIN,
    WITHIN_ITEM,
    WITHIN_TEXT,
    Entries,
    Node,
    NotationError,
    Pattern,
    Pointer,
    Reference,
    Source,
    pattern,
    pointer,
    references,
    source,
    template,
    text,
)
from harness.dialect.hook import find_hook
from harness.dialect.model import (
    ANY,
    NO_HOOK,
    Absent,
    Address,
    CommandForm,
    Dialect,
    EventForm,
    IdPlace,
    Invocation,
    Message,
    Paging,
    QueryForm,
    Queue,
    Replies,
    ResultPolling,
    Route,
    Setup,
    StoreForm,
    Values,
)
from harness.dialect.outgoing import ENVELOPE, all_references, is_set_up, placed
from harness.dialect.schema import check_schema, shown

Read = TypeVar("Read")
SENT = "$sent"
LOCATION = "Location "
TABLE = "[tool.cqrs-conformance.dialect]"
NO_SUCH: Mapping[str, Values] = {"null": (None,), "empty": ({}, [], ""), "missing": (MISSING,)}
"""The values that stand for *not there*, by their names."""


def load_dialect(path: Path, contract: Contract) -> Dialect:
    """The dialect in a file.

    Raises:
        DialectError: it is none, or not one of this contract.
    """
    document = _toml(path)
    tool = document.get("tool")
    if isinstance(tool, dict):
        document = tool.get("cqrs-conformance", {}).get("dialect", document)
    return read_dialect(document, contract, f"dialect {path}", path)


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"), parse_float=Decimal)
    except (OSError, ValueError, RecursionError) as error:
        raise DialectError(f"dialect {path}", expected="a TOML file",
                           got=" ".join(str(error).split()), remedy="correct the file") from None


@cache
def default_dialect(contract: Contract) -> Dialect:
    """The dialect of a system that speaks the contract as docs/contract.md writes it."""
    text = (resources.files("harness.dialect") / "default.toml").read_text("utf-8")
    return read_dialect(tomllib.loads(text), contract, "the default dialect")


def read_dialect(
    document: Mapping[str, Any], contract: Contract, place: str, path: Path | None = None
) -> Dialect:
    """The dialect that a TOML document describes; ``place`` names it in messages.

    Raises:
        DialectError: it is none, or not one of this contract.
    """
    check_schema(document, place)
    return _Reader(document, contract, place, path).dialect()


class _Reader:
    def __init__(
        self, document: Mapping[str, Any], contract: Contract, place: str, path: Path | None
    ) -> None:
        self._document, self._contract = document, contract
        self._place, self._path = place, path

    def dialect(self) -> Dialect:
        document = self._document
        return Dialect(
            commands=dict(self._commands()),
            query=self._chosen_query(),
            store=self._store(document["events"]) if "events" in document else None,
            published=self._published(),
            server_id=self._id_place("server_ids", document.get("server_ids")),
            setups=tuple(self._setups()),
            ids=None if document.get("ids", "text") == "text" else document["ids"],
            keys=document.get("keys"),
            projection=_names(document.get("projection")),
            hook=self._hook(),
            path=self._path,
            other_queries=tuple(name for name in self._document.get("queries", {})
                                if name != self._contract.query),
            log=self._sources("log.members", document.get("log", {}).get("members", {})),
        )

    def _id_place(self, key: str, written: str | None) -> IdPlace | None:
        """The place of an id in a reply, "": the body is the id; None if nothing is written."""
        if written is None:
            return None
        if written.startswith(LOCATION):
            return IdPlace(location=self._pattern(key, written.removeprefix(LOCATION)))
        return IdPlace(pointer(written))

    def _setups(self) -> Iterator[Setup]:
        for name, written in self._document.get("setup", {}).items():
            key = f"setup.{name}"
            replies = self._replies(written.get("replies", self._document.get("replies", {})))
            place = self._id_place(f"{key}.id", written.get("id"))
            if "table" in written:
                item = self._template(f"{key}.item", written["item"], WITHIN_ITEM)
                self._check_setups(key, references(item), before=name)
                yield Setup(name, table=written["table"], item=item)
                continue
            message = self._message(key, {"body": False, **written})
            always = replace(message, headers={}, claims={})
            self._check_setups(key, self._references(always), before=name)
            for each in placed(message) - {"id", "key"}:
                raise self._wrong(key, "references to id, key and setups before it", f"${each}",
                                  "write the value itself")
            yield Setup(name, message, id=place, replies=replies)

    def _commands(self) -> Iterator[tuple[str, CommandForm]]:
        for kind, written in self._document["commands"].items():
            if kind not in self._contract.types and kind != ANY:
                raise self._wrong(f"commands.{kind}", self._known_types(), kind,
                                  nearest(kind, self._contract.types) + "name one of them")
            message = self._message(f"commands.{kind}", written)
            self._check_places(kind, message)
            self._check_setups(f"commands.{kind}", self._references(message))
            replies = written.get("replies", self._document.get("replies", {}))
            yield kind, CommandForm(message, self._replies(replies))

        missing = [kind for kind in self._contract.types if kind not in self._document["commands"]]
        if missing and ANY not in self._document["commands"]:
            raise self._wrong("commands", f"a table for {' and '.join(missing)}", "none",
                              f'say how it is sent, or give a table "{ANY}" for all types')

    def _check_places(self, kind: str, message: Message) -> None:
        """See that each member has a place, and each place a member."""
        if kind == ANY or message.sent:
            return
        members, taken = self._contract.types[kind], placed(message) - ENVELOPE - {REST}
        for name in taken - members.keys():
            raise self._wrong(f"commands.{kind}", f"members of {kind} ({', '.join(members)})",
                              name, nearest(name, members) + "name one of them, id, type or key")
        needed = [name for name, member in members.items() if member.required]
        left = [name for name in needed if name not in taken]
        if left and REST not in placed(message):
            raise self._wrong(f"commands.{kind}", f"a place for {' and '.join(left)}", "none",
                              'name it in path, query, headers or body ("$" = 1: all the rest)')

    def _references(self, message: Message) -> Iterator[Reference]:
        yield from all_references(message)
        yield from map(Reference, message.path_names)

    def _check_setups(
        self, key: str, references: Iterable[Reference], before: str | None = None
    ) -> None:
        """See that what a message refers to is set up; in a setup: ``before`` it."""
        known = list(self._document.get("setup", {}))
        known = known if before is None else known[:known.index(before)]
        for name in (each.name for each in references if is_set_up(each.name)):
            setup = name.removeprefix(SETUP).partition(".")[0]
            if setup not in known:
                raise self._wrong(key, f"a table of [setup] ({', '.join(known) or 'none'})", name,
                                  f"{nearest(setup, known)}say how it is set up")

    def _known_types(self) -> str:
        return f"a command type of the contract ({', '.join(self._contract.types)})"

    def _message(self, key: str, written: Mapping[str, Any]) -> Message:
        body: Any = written.get("body", {"$": 1})
        headers = {**self._document.get("headers", {}), **written.get("headers", {})}
        return Message(
            address=self._address(key, written),
            body=self._body(key, written),
            sent=body == SENT,
            query=self._templates(f"{key}.query", written.get("query", {})),
            headers=self._templates(f"{key}.headers", headers),
            claims=self._templates(f"{key}.claims", {
                **self._document.get("claims", {}), **written.get("claims", {})}),
        )

    def _body(self, key: str, written: Mapping[str, Any]) -> Node | None:
        if "text" in written:
            return self._notation(f"{key}.text", text, written["text"])
        body = written.get("body", {"$": 1})
        return None if body is False or body == SENT else self._template(f"{key}.body", body)

    def _address(self, key: str, written: Mapping[str, Any]) -> Address:
        if "invoke" in written:
            return Invocation(written["invoke"])
        if "queue" in written:
            return Queue(written["queue"])
        return self._route(f"{key}.route", written["route"])

    def _route(self, key: str, text: str) -> Route:
        method, _, path = text.partition(" ")
        whole = path.replace("$path", self._contract.path.rstrip("/"), 1)
        conversions: dict[str, Conversion] = {}
        for name, conversion in PART.findall(whole):
            if conversion and conversion not in CONVERSIONS:
                raise self._wrong(key, f"a conversion of {', '.join(CONVERSIONS)}", conversion,
                                  "name one of them")
            conversions |= {name: CONVERSIONS[conversion]} if conversion else {}
        return Route(method, self._pattern(key, whole), conversions)

    def _chosen_query(self) -> QueryForm:
        """The query that shows the contract's view."""
        name = self._contract.query
        queries = self._document.get("queries", {})
        if name and name not in queries:
            raise self._wrong(f"queries.{name}", "a table for the query that the contract names",
                              ", ".join(queries) or "none", "say how that view is asked for")
        for other, written in queries.items():
            self._query(f"queries.{other}", written)
        return self._query(f"queries.{name}", queries[name]) if name else self._query(
            "query", self._document["query"])

    def _query(self, key: str, written: Mapping[str, Any]) -> QueryForm:
        at = pointer(written.get("at", ""))
        among = written.get("among")
        view = written.get("view")
        message = self._message(key, {"body": False, **written})
        self._check_setups(key, self._references(message))
        return QueryForm(
            message=message,
            at=at,
            among=None if among is None else self._source(f"{key}.among", among),
            members=None if view is None else self._members(f"{key}.view", view),
            dropped=frozenset(written.get("drop", ())),
            absent=tuple(absent for sign in _values(written.get("absent", 404))
                         for absent in _absent(sign, at)),
            failed=tuple(sign for each in _values(written.get("failed", []))
                         for sign in _absent(each, at)),
            etag=written.get("etag", ""),
            paging=_paging(written["next"]) if "next" in written else None,
        )

    def _members(self, key: str, written: Mapping[str, Any]) -> dict[str, Source | Entries]:
        return {name: self._source(f"{key}.{name}", place) if isinstance(place, str) else Entries(
                    pointer(place["at"]), self._entry(f"{key}.{name}.each", place["each"]))
                for name, place in written.items()}

    def _entry(self, key: str, written: Any) -> Mapping[str, Source] | Source:
        """The places in an entry, or the one in which it has its value."""
        return self._source(key, written) if isinstance(written, str) else self._sources(
            key, written)

    def _replies(self, written: Mapping[str, Any]) -> Replies:
        at = written.get("at")
        return Replies(
            at=None if at is None else pointer(at),
            accepted=_values(written.get("accepted", [])),
            refused=_values(written.get("refused", [])),
            invalid=_values(written.get("invalid", [])),
            indefinite=_values(written.get("indefinite", [])),
            later=self._polling(written["later"]) if "later" in written else None,
        )

    def _polling(self, written: Mapping[str, Any]) -> ResultPolling:
        return ResultPolling(
            written.get("status", 202), self._route("replies.later", written["route"]),
            pointer(written["at"]), _values(written["pending"]))

    def _store(self, written: Mapping[str, Any]) -> StoreForm:
        key = written.get("key")
        match = {name: self._pattern(f"events.match.{name}", text)
                 for name, text in written.get("match", {}).items()}
        return StoreForm(
            event=self._event("events", written),
            bucket=written.get("bucket"),
            table=written.get("table"),
            key=None if key is None else self._pattern("events.key", key),
            match=match,
        )

    def _published(self) -> EventForm | None:
        """How events look on the bus: what is not said there is as in the store."""
        written = self._document.get("published")
        if written is None:
            return None
        events = self._document.get("events", {})
        common = {name: events[name] for name in ("rename", "types", "first") if name in events}
        return self._event("published", {**common, **written})

    def _event(self, key: str, written: Mapping[str, Any]) -> EventForm:
        usual = {"id": self._contract.id_member, "type": "type", "version": "version",
                 "event_id": "eventId"}
        members = {name: self._source(f"{key}.members.{name}", text)
                   for name, text in written.get("members", usual).items()}
        for wire, kind in written.get("types", {}).items():
            types = self._contract.stored_types
            if kind not in types:
                raise self._wrong(f"{key}.types.{wire}",
                                  f"an event type of the contract ({', '.join(types)})", kind,
                                  nearest(kind, types) + "name one of them")
        return EventForm(
            id=members.get("id"), type=members.get("type"), version=members.get("version"),
            event_id=members.get("event_id"), payload=members.get("payload", Source(WHOLE)),
            first=written.get("first", 1),
            types={**{kind: kind for kind in self._contract.stored_types},
                   **written.get("types", {})},
            members=self._sources(f"{key}.rename", written.get("rename", {})),
            type_inside="type" in written.get("members", {}))

    def _hook(self) -> Any:
        named = self._document.get("hook")
        if named is None:
            return NO_HOOK
        return find_hook(named, self._path.parent if self._path else Path.cwd(), self._place)

    def _template(self, key: str, value: Any, within: re.Pattern[str] = WITHIN) -> Node:
        return self._notation(key, lambda written: template(written, within), value)

    def _templates(
        self, key: str, values: Mapping[str, Any], within: re.Pattern[str] = WITHIN_TEXT
    ) -> dict[str, Node]:
        return {name: self._template(f"{key}.{name}", value, within)
                for name, value in values.items()}

    def _source(self, key: str, text: str) -> Source:
        return self._notation(key, source, text)

    def _sources(self, key: str, texts: Mapping[str, str]) -> dict[str, Source]:
        return {name: self._source(f"{key}.{name}", text) for name, text in texts.items()}

    def _pattern(self, key: str, text: str) -> Pattern:
        return self._notation(key, pattern, text)

    def _notation(self, key: str, read: Callable[[Any], Read], value: Any) -> Read:
        try:
            return read(value)
        except NotationError as error:
            raise self._wrong(key, str(error), shown(value), "correct the value") from None

    def _wrong(self, key: str, expected: str, got: str, remedy: str) -> DialectError:
        return DialectError(f"{key} in {self._place}", expected=expected, got=got, remedy=remedy)


def _names(written: Any) -> tuple[str, ...] | None:
    if written is None:
        return None
    return (written,) if isinstance(written, str) else tuple(written)


def _paging(written: Mapping[str, str]) -> Paging:
    at, body = (pointer(written[name]) if name in written else None for name in ("at", "body"))
    return Paging(at, written.get("query", ""), body, written.get("header", ""),
                  written.get("page", ""), written.get("offset", ""))


def _values(written: Any) -> Values:
    return tuple(written) if isinstance(written, list) else (written,)


def _absent(sign: Any, at: Pointer) -> Iterator[Absent]:
    if isinstance(sign, int):
        yield Absent(status=sign)
    elif isinstance(sign, str):
        yield from (Absent(at=at, value=value) for value in NO_SUCH[sign])
    else:
        yield Absent(at=pointer(sign["at"]), value=sign["is"])

