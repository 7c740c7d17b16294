"""The parts of a system that take part in a run: roles, doors and stores, by logical id.

Without a dialect they are behind the routes of the contract (docs/contract.md, section 1). A
dialect names its own routes, functions and queues: every function behind them takes part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.core.history import Role
from harness.dialect import Dialect, DialectError
from harness.dialect.model import ANY, Invocation, Message, Queue, Route
from harness.template import (
    Function,
    RoleNotFound,
    Template,
    cast,
    commands_function,
    query_function,
    route,
)
from harness.template import Route as TemplateRoute

Roles = Mapping[str, Role]
"""The role of each function that takes part, by logical id; several may have the same one."""


@dataclass(frozen=True, slots=True)
class Participants:
    """The functions that take part, and the place of the events.

    ``direct``: command functions that are reached without a queue. ``queued``: a queue takes
    commands. ``routes``: those of commands and queries. ``event_table``, ``event_bucket``: the
    event store, where a dialect names it. ``event_words``: the names of event types on the wire.
    """

    roles: Roles
    direct: frozenset[str]
    queued: bool
    routes: tuple[TemplateRoute, ...] = ()
    event_table: str | None = None
    event_bucket: str | None = None
    event_words: frozenset[str] = frozenset()

    def functions(self, wanted: Role) -> frozenset[str]:
        """The functions of a role."""
        return frozenset(name for name, role in self.roles.items() if role is wanted)


def participants(template: Template, path: str, dialect: Dialect | None = None) -> Participants:
    """The parts of an implementation; ``path`` is that of the contract's commands.

    Raises:
        TemplateError: the template names no function for a role.
        DialectError: the dialect names something that the template does not have.
    """
    return _usual(template, path) if dialect is None else _Cast(template, dialect).participants()


def _usual(template: Template, path: str) -> Participants:
    command, query = _all_found(commands_function, query_function, template=template, path=path)
    found_cast = cast(template, frozenset({command}), query)
    roles = {
        command: Role.COMMAND,
        query: Role.QUERY,
        **dict.fromkeys(found_cast.projections, Role.PROJECTION),
        **dict.fromkeys(found_cast.relays, Role.RELAY),
    }
    found = [_found(template, *place) for place in (
        ("POST", path, path), ("GET", f"{path}/x", f"{path}/{{id}}"))]
    post = found[0]
    queued = post.target_kind == "queue"
    return Participants(roles, frozenset() if queued else frozenset({post.target}), queued,
                        tuple(found))


def _all_found(
    *roles: Callable[[Template, str], Function], template: Template, path: str
) -> list[str]:
    """The functions in these roles.

    Raises:
        RoleNotFound: some are missing; all of these are named.
    """
    found: list[str] = []
    missing: list[RoleNotFound] = []
    for function_in in roles:
        try:
            found.append(function_in(template, path).logical_id)
        except RoleNotFound as error:
            missing.append(error)
    if not missing:
        return found
    raise RoleNotFound(
        missing[0].subject, got=missing[0].got,
        expected=" and ".join(dict.fromkeys(each.expected for each in missing)),
        remedy="; ".join(dict.fromkeys(each.remedy for each in missing)))


def _found(template: Template, method: str, path: str, shown: str) -> TemplateRoute:
    """The route of commands or queries, without which no request reaches a function.

    Raises:
        RoleNotFound: there is none, though the settings may name a function.
    """
    found = route(template, method, path)
    if found is None:
        raise RoleNotFound(
            f"template {template.path}",
            expected=f"a route {method} {shown} to the function that the settings name",
            got=", ".join(map(str, template.routes)) or "no routes at all",
            remedy="add the route, or say in a dialect how requests reach the function")
    return found[0]


@dataclass(frozen=True, slots=True)
class _Cast:
    """The parts that a dialect names."""

    template: Template
    dialect: Dialect

    def participants(self) -> Participants:
        commands = [(f"commands.{kind}", form.message) for kind, form in self._forms()]
        reached = [self._reached(key, message) for key, message in commands]
        setting_up = {self._reached(key, message)[0] for key, message in self._setups()}
        query, _, _ = self._reached("query", self.dialect.query.message)
        taking = frozenset({*(name for name, _, _ in reached), *setting_up})
        table = self.dialect.store.table if self.dialect.store else None
        found = cast(self.template, taking, query, self._projections(), table or "")
        roles = {**dict.fromkeys(found.relays, Role.RELAY),
                 **dict.fromkeys(found.projections, Role.PROJECTION),
                 query: Role.QUERY, **{name: Role.COMMAND for name, _, _ in reached}}
        aside = sorted({*setting_up, *(self._route(key, to).target
                                       for key, to in self._result_routes())})
        roles |= {name: Role.COMMAND for name in aside if name not in roles}
        self._check_stores()
        return Participants(
            roles=roles,
            direct=frozenset(name for name, queued, _ in reached if not queued),
            queued=any(queued for _, queued, _ in reached),
            routes=tuple(self._routes([*commands, *self._setups(),
                                       ("query", self.dialect.query.message)])),
            event_table=table,
            event_bucket=self._bucket(),
            event_words=self._event_words(),
        )

    def _event_words(self) -> frozenset[str]:
        forms = (self.dialect.store.event if self.dialect.store else None, self.dialect.published)
        own = {kind for form in forms if form is not None for kind in form.types}
        return frozenset({*own, *self.dialect.commands} - {ANY})

    def _forms(self) -> Iterator[tuple[str, Any]]:
        return iter(self.dialect.commands.items())

    def _result_routes(self) -> Iterator[tuple[str, Route]]:
        """The routes on which clients ask for the result of what was only taken in."""
        for form in self.dialect.commands.values():
            if form.replies.later is not None:
                yield "replies.later.route", form.replies.later.route

    def _setups(self) -> Iterator[tuple[str, Message]]:
        """The messages that set up what commands need."""
        for setup in self.dialect.setups:
            if setup.message is not None:
                yield f"setup.{setup.name}", setup.message
            elif setup.table not in self.template.tables:
                raise self._wrong(f"setup.{setup.name}.table", "a table of the template",
                                  self.template.tables, setup.table)

    def _reached(self, key: str, message: Message) -> tuple[str, bool, TemplateRoute | None]:
        """The function that a message reaches, and whether a queue is on the way."""
        address = message.address
        if isinstance(address, Invocation):
            return self._function(f"{key}.invoke", address.function), False, None
        if isinstance(address, Queue):
            return self._fed(f"{key}.queue", address.queue), True, None
        found = self._route(f"{key}.route", address)
        if found.target_kind == "queue":
            return self._fed(f"{key}.route", found.target), True, found
        return found.target, False, found

    def _routes(self, messages: list[tuple[str, Message]]) -> Iterator[TemplateRoute]:
        for key, message in messages:
            found = self._reached(key, message)[2]
            if found is not None:
                yield found

    def _route(self, key: str, address: Route) -> TemplateRoute:
        sample = address.path.fill(dict.fromkeys(address.path.names, "x"))
        found = route(self.template, address.method, sample)
        if found is None:
            raise self._wrong(key, "a route of the template",
                              map(str, self.template.routes), str(address))
        return found[0]

    def _function(self, key: str, name: str) -> str:
        known = [function.logical_id for function in self.template.functions]
        if name not in known:
            raise self._wrong(key, "a function of the template", known, name)
        return name

    def _fed(self, key: str, queue: str) -> str:
        feeds = {feed.queue: feed.function for feed in self.template.feeds}
        if queue not in feeds:
            raise self._wrong(key, "a queue that feeds a function", feeds, queue)
        return feeds[queue]

    def _projections(self) -> tuple[str, ...] | None:
        names = self.dialect.projection
        if names is None:
            return None
        return tuple(self._function("projection", name) for name in names)

    def _check_stores(self) -> None:
        store = self.dialect.store
        if store is None:
            return
        if store.table is not None and store.table not in self.template.tables:
            raise self._wrong("events.table", "a table of the template", self.template.tables,
                              store.table)
        if store.bucket not in (None, ANY, *self.template.buckets):
            raise self._wrong("events.bucket", "a bucket of the template", self.template.buckets,
                              str(store.bucket))

    def _bucket(self) -> str | None:
        store = self.dialect.store
        return None if store is None or store.bucket == ANY else store.bucket

    def _wrong(self, key: str, expected: str, known: Any, got: str) -> DialectError:
        names = ", ".join(known) or "it has none"
        return DialectError(f"{key} in dialect {self.dialect.path or ''}".rstrip(),
                            expected=f"{expected} ({names})", got=got,
                            remedy="name one of them, or correct the template")
