"""A dialect as data: how one system speaks a contract.

A contract has canonical forms: commands with a type and an id, views, stored and published events.
A dialect says what each of them looks like in one system. It holds no meaning: which commands are
accepted, and what a view shows, stands in the contract.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.dialect.conversions import Conversion
from harness.dialect.expressions import WHOLE, Entries, Node, Pattern, Pointer, Source

ANY = "*"
"""The command form of every type that has none of its own, and of bodies without a type."""


@dataclass(frozen=True, slots=True)
class Route:
    """An HTTP route; ``path`` is a pattern with ``{id}`` and other members in braces.

    ``conversions`` are those of the members, as in ``{amount|text}``.
    """

    method: str
    path: Pattern
    conversions: Mapping[str, Conversion] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.method} {self.path.text}"


@dataclass(frozen=True, slots=True)
class Invocation:
    """A direct invocation of a function, by its logical id; the body is the payload."""

    function: str

    def __str__(self) -> str:
        return f"invoke {self.function}"


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue, by its logical id; the body is the message."""

    queue: str

    def __str__(self) -> str:
        return f"queue {self.queue}"


Address = Route | Invocation | Queue


@dataclass(frozen=True, slots=True)
class Message:
    """Where a message goes and what is in it.

    ``body`` None: there is none. ``sent``: the body is the canonical one, as it was written.
    ``claims``: what an authorizer would tell the function of the caller.
    """

    address: Address
    body: Node | None = None
    sent: bool = False
    query: Mapping[str, Node] = field(default_factory=dict)
    headers: Mapping[str, Node] = field(default_factory=dict)
    claims: Mapping[str, Node] = field(default_factory=dict)

    @property
    def path_names(self) -> tuple[str, ...]:
        """The names in the path of its route."""
        return self.address.path.names if isinstance(self.address, Route) else ()

    @property
    def path_conversions(self) -> Mapping[str, Conversion]:
        """The conversions of names in the path of its route."""
        return self.address.conversions if isinstance(self.address, Route) else {}


Values = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class ResultPolling:
    """Where the result of a command is asked for that was only taken in; ``at``: how it stands."""

    status: int
    route: Route
    at: Pointer
    pending: Values


@dataclass(frozen=True, slots=True)
class Replies:
    """The meaning of replies to commands: values at a pointer in the body, or statuses.

    ``at`` None: the lists hold statuses (409) or classes of them ("4xx"). An empty list says
    nothing: then the status has its usual meaning.
    """

    at: Pointer | None = None
    accepted: Values = ()
    refused: Values = ()
    invalid: Values = ()
    indefinite: Values = ()
    later: ResultPolling | None = None


@dataclass(frozen=True, slots=True)
class CommandForm:
    """One command type: its message, and its own replies, if they are other ones."""

    message: Message
    replies: Replies


@dataclass(frozen=True, slots=True)
class IdPlace:
    """The place of an id in a reply: in its body, or in the pattern of its Location header."""

    pointer: Pointer | None = None
    location: Pattern | None = None


@dataclass(frozen=True, slots=True)
class Setup:
    """Something that commands need, made once for each play before the first of them.

    It is asked for by a ``message``, or it is an ``item`` that is put into a ``table``, by its
    logical id. ``id``: where the reply has its id; None: it has the ``$id`` that was sent.
    """

    name: str
    message: Message | None = None
    table: str = ""
    item: Node | None = None
    id: IdPlace | None = None
    replies: Replies = Replies()


@dataclass(frozen=True, slots=True)
class Absent:
    """One sign by which a reply to a query says that there is no such aggregate.

    ``value``: what stands at the pointer, if it is not a ``status``; "*" is any value but null.
    """

    status: int | None = None
    at: Pointer = WHOLE
    value: Any = None


@dataclass(frozen=True, slots=True)
class Paging:
    """How the next page of a list is asked for: ``at`` is the place of its token in a reply.

    The token goes into the parameter ``query`` or the place ``body``; without either it is a link.
    ``header`` names a header of the reply that has it in place of the body. Without a token the
    parameter ``page`` counts pages, or ``offset`` the entries before one, and the list ends with
    an empty page, or where ``at`` says that there are no more.
    """

    at: Pointer | None = None
    query: str = ""
    body: Pointer | None = None
    header: str = ""
    page: str = ""
    offset: str = ""


@dataclass(frozen=True, slots=True)
class QueryForm:
    """How a view is asked for, and where it is in the reply.

    ``at``: the view's place, or that of the list it is in. ``among``: the member of an entry that
    holds the id, where only a list is served. ``members``: canonical member -> its place in the
    view; None: they have the same names. ``dropped``: members of the wire that are no part of it.
    ``paging``: the list comes in pages. ``failed``: signs that a reply is an error, and no view.
    ``etag``: the member of the view whose value is in the reply's ETag.
    """

    message: Message
    at: Pointer = WHOLE
    among: Source | None = None
    members: Mapping[str, Source | Entries] | None = None
    dropped: frozenset[str] = frozenset()
    absent: tuple[Absent, ...] = (Absent(404),)
    paging: Paging | None = None
    failed: tuple[Absent, ...] = ()
    etag: str = ""


@dataclass(frozen=True, slots=True)
class EventForm:
    """How an event is written: its own members and those around it.

    Envelope members are None where events do not have them. ``version`` counts from ``first``.
    ``members``: canonical member -> its place in the payload, where it is another name.
    ``types``: the wire's type -> the event's type. ``type_inside``: the dialect says that ``type``
    tells it, so that nothing beside the document has to.
    """

    id: Source | None
    type: Source | None
    version: Source | None
    event_id: Source | None
    payload: Source
    first: int = 1
    members: Mapping[str, Source] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)
    type_inside: bool = False


@dataclass(frozen=True, slots=True)
class StoreForm:
    """The event store: objects of a bucket or items of a table, by its logical id.

    ``key``: a pattern of an object's key. ``match``: attribute -> pattern, which an item has to
    match to be an event; named parts (id, type, version, event_id) are taken from it.
    """

    event: EventForm
    bucket: str | None = None
    table: str | None = None
    key: Pattern | None = None
    match: Mapping[str, Pattern] = field(default_factory=dict)

    def tells(self, name: str) -> bool:
        """True if an event's id, type, version or event_id is in it, its key or attributes."""
        patterns = [*self.match.values(), *([self.key] if self.key is not None else [])]
        named = any(name in pattern.names for pattern in patterns)
        return named or getattr(self.event, name) is not None


@dataclass(frozen=True, slots=True)
class Hook:
    """Functions of the user for what data cannot say; each is optional.

    They take what the dialect made and give what takes its place: ``request(body, command)``,
    ``reply(response)``, ``view(document, id)``, ``stored(document)``, ``published(document)``.
    """

    name: str
    functions: Mapping[str, Any] = field(default_factory=dict)

    def apply(self, name: str, value: Any, *others: Any) -> Any:
        """The value after a function of the hook; the value itself without one."""
        function = self.functions.get(name)
        return value if function is None else function(value, *others)


NO_HOOK = Hook("")


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a system speaks a contract.

    ``server_id``: where the reply to a creation has the id that the server made. ``ids``: the
    form of ids on the wire, and ``keys`` that of repetition keys. ``setups``: what commands need.
    ``store`` None: the event store is not told; ``published`` None: nor how events look on the bus.
    ``log``: where a line of its log has the members of a reply; empty: they have their own names.
    ``other_queries``: the names of those for views of other contracts.
    ``projection``: the functions that project; () if the query folds the store; None: the rules'.
    """

    commands: Mapping[str, CommandForm]
    query: QueryForm
    store: StoreForm | None = None
    published: EventForm | None = None
    server_id: IdPlace | None = None
    ids: str | None = None
    keys: str | None = None
    setups: tuple[Setup, ...] = ()
    projection: tuple[str, ...] | None = None
    hook: Hook = NO_HOOK
    path: Path | None = None
    other_queries: tuple[str, ...] = ()
    log: Mapping[str, Source] = field(default_factory=dict)

    @property
    def makes_ids(self) -> bool:
        """True if the server makes the ids of some aggregates."""
        return self.server_id is not None

    def form(self, kind: Any) -> CommandForm | None:
        """The form of a command type; None if the dialect has none for it."""
        own = self.commands.get(kind) if isinstance(kind, str) and kind != ANY else None
        return own or self.commands.get(ANY)
