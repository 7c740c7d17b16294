"""A history as the rows of a swim-lane picture: a lane for each part, and time from top to bottom.

The row of a request stands where it was sent, that of its reply where the reply came; both places
are those of the history. A step's sentence stands above its first row, and what a call has stored
or published below the call.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from harness.core.history import (
    Called,
    Delivered,
    Endless,
    Expired,
    Handed,
    Held,
    History,
    Interleaved,
    Invoked,
    Item,
    Outlived,
    Poisoned,
    Published,
    Queried,
    Rebuilt,
    Record,
    Restarted,
    Role,
    Sent,
    SentBatch,
    Settled,
    Stored,
    Undecided,
    Waited,
)
from harness.core.json_values import parse_object
from harness.core.violation import Hop


class Lane(StrEnum):
    """A part of the system, in the order of an event's way."""

    CLIENT = "client"
    API = "API"
    COMMAND = "command"
    STORE = "event store"
    RELAY = "relay"
    CARRIER = "carrier"
    PROJECTION = "projection"
    READ_MODEL = "read model"
    QUERY = "query"


HOPS = {Hop.COMMAND: Lane.COMMAND, Hop.STORE: Lane.STORE, Hop.RELAY: Lane.RELAY,
        Hop.BUS: Lane.CARRIER, Hop.PROJECTION: Lane.PROJECTION, Hop.QUERY: Lane.QUERY}
ROLES = {Role.COMMAND: Lane.COMMAND, Role.PROJECTION: Lane.PROJECTION, Role.QUERY: Lane.QUERY,
         Role.RELAY: Lane.RELAY}


NUMBER = "\0"
QUOTED_NUMBER = re.compile(r'"\\u0000([^"]*)"')
"""A decimal number, digit by digit, on its way through ``json``, which writes none."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the picture: an arrow from ``source`` to ``target``, or a note at ``source``.

    ``kind`` is a class of the style; ``time`` the virtual time into the invocation. ``details`` are
    names and texts that open below the row. A row without ``source`` crosses all lanes.
    """

    kind: str
    text: str
    source: Lane | None = None
    target: Lane | None = None
    details: tuple[tuple[str, str], ...] = ()
    time: str = ""
    branch: int | None = None
    line: str = ""
    differs: bool = False

    @property
    def bad(self) -> bool:
        """True for a row that tells of a fault, an error or a refused call."""
        return self.kind.startswith("bad")


def lanes(history: History) -> list[Lane]:
    """The lanes that a picture of a history has."""
    return [lane for lane in Lane if lane is not Lane.RELAY or history.system.relayed]


def carrier(history: History) -> str:
    """The heading of the carrier's lane: the services on the way to relays and projections."""
    return ", ".join(dict.fromkeys(way for _, way in history.system.ways)) or Lane.CARRIER.value


def rows(history: History, sentences: Sequence[str], line: str = "") -> list[Row]:
    """The rows of a history.

    ``sentences`` tell the steps of the scenario. ``line``: file and line of the call at which the
    observed first differs; the last call made there is marked.
    """
    drawn = _Drawing(history)
    begun = _beginnings(history, drawn)
    made: list[Row] = []
    changed: list[Row] = []
    told = 0
    for at, (record, step) in enumerate(zip(history.records, _steps(history), strict=True)):
        made += [Row("step", text) for text in sentences[told : step + 1]]
        told = max(told, step + 1)
        made += begun[at]
        if isinstance(record, Delivered | Handed):
            continue
        if isinstance(record, Stored | Published):
            changed += drawn.rows(record)
            continue
        made += [*drawn.rows(record), *changed] if isinstance(record, Called) else [
            *changed, *drawn.rows(record)]
        changed = []
    made += changed
    return _marked(made, line) if line else made


def _beginnings(history: History, drawn: _Drawing) -> Mapping[int, list[Row]]:
    """The rows of requests and deliveries, by the record before which they began."""
    begun: dict[int, list[Row]] = defaultdict(list)
    first: dict[int, int] = {}
    ended: dict[str, int] = {}
    for at, record in enumerate(history.records):
        match record:
            case Sent() | Queried():
                begun[record.called if record.called >= 0 else at].append(drawn.request(record))
            case Called():
                first.setdefault(record.invocation, at)
            case Invoked():
                ended[record.function] = record.invocation
            case Handed():
                begun[first.get(record.invocation, at)] += drawn.rows(record)
            case Delivered():
                alone = not record.records and record.function in ended
                begun[first.get(ended[record.function], at) if alone else at] += drawn.rows(record)
    return begun


def _steps(history: History) -> list[int]:
    """The step that each record belongs to: its own, or that of the next record with one."""
    steps: list[int] = []
    step = -1
    for record in reversed(history.records):
        step = getattr(record, "step", step)
        steps.append(step)
    return steps[::-1]


def _marked(made: list[Row], line: str) -> list[Row]:
    """The rows, with the last one of a line marked as the place of the difference."""
    last = max((at for at, row in enumerate(made) if row.line == line), default=None)
    return [replace(row, differs=True) if at == last else row for at, row in enumerate(made)]


def _pretty(text: str) -> str:
    document = parse_object(text)
    if document is None:
        return text
    shown = json.dumps(document, indent=2, ensure_ascii=False, default=lambda n: f"{NUMBER}{n}")
    return QUOTED_NUMBER.sub(r"\1", shown)


class _Drawing:
    """The rows of single records of one history."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._namespace = history.namespace
        self._roles = {facts.name: facts.role for facts in history.system.functions}

    def rows(self, record: Record) -> Iterator[Row]:
        yield from _ROWS[type(record)](self, record)

    def request(self, record: Sent | Queried) -> Row:
        """A client's request, at its place."""
        if isinstance(record, Queried):
            return Row("request", f"query {self._short(record.id)} ({record.phase})",
                       Lane.CLIENT, Lane.QUERY)
        name = (parse_object(record.body) or {}).get("type")
        key = f" ({self._short(record.key)})" if record.key is not None else ""
        target = Lane.CARRIER if self._history.system.queued else Lane.COMMAND
        return Row("request", f"{name or 'command'}{key}", Lane.CLIENT, target,
                   self._details(body=record.body or ""))

    def sent(self, record: Sent) -> Iterator[Row]:
        kind = "bad reply" if record.response.status >= 500 else "reply"
        yield Row(kind, f"{record.response.status} {record.reply.value}",
                  Lane.COMMAND, Lane.CLIENT, self._details(reply=record.response.body))

    def queried(self, record: Queried) -> Iterator[Row]:
        body = record.response.body
        shown = self._short(body) if len(body) <= LONGEST else self._short(body)[:LONGEST] + "…"
        kind = "bad reply" if record.response.status >= 500 else "reply"
        yield Row(kind, f"{record.response.status} {shown}", Lane.QUERY, Lane.CLIENT,
                  self._details(reply=body))

    def batch(self, record: SentBatch) -> Iterator[Row]:
        yield Row("request", f"{len(record.bodies)} commands in one batch", Lane.CLIENT,
                  Lane.COMMAND, self._details(records="\n".join(record.bodies)))

    def stored(self, record: Stored) -> Iterator[Row]:
        kind = "value" if record.change == "added" else "bad value"
        yield Row(kind, f"{record.change} {self._short(record.key)}", Lane.STORE, None,
                  self._details(event=record.text))

    def published(self, record: Published) -> Iterator[Row]:
        yield Row("value", f"entry {record.number}: {record.detail_type}", Lane.CARRIER, None,
                  self._details(source=record.source, bus=record.bus, detail=record.detail,
                                targets=str(record.targets)))

    def delivered(self, record: Delivered) -> Iterator[Row]:
        marks = [word for word, true in (("again", record.again), ("late", record.late),
                                         ("failed", not record.ok)) if true]
        told = f" ({', '.join(marks)})" if marks else ""
        yield Row("delivery" if record.ok else "bad delivery", f"event {record.number}{told}",
                  Lane.CARRIER, self._lane(self._roles.get(record.function), Lane.PROJECTION))

    def handed(self, record: Handed) -> Iterator[Row]:
        back = f", {len(record.back)} came back" if record.back else ""
        yield Row("bad delivery" if record.back else "delivery",
                  f"{len(record.bodies)} records{back}", Lane.CARRIER,
                  self._lane(record.role, Lane.PROJECTION),
                  self._details(records="\n".join(record.bodies)))

    def called(self, record: Called) -> Iterator[Row]:
        about = (record.key or record.resource).replace("\n", ", ")
        ending = record.error or (record.denied and f"role lacks {record.denied}") or (
            str(record.status) if record.status >= 400 else "")
        shown = self._short(f"{record.operation} {about}") + (f" ({ending})" if ending else "")
        kind = "bad call" if record.error or record.denied else "call"
        yield Row(kind, shown, self._lane(record.role, Lane.COMMAND), self._service(record),
                  self._details(line=record.line, resource=record.resource,
                                payload=record.payload, answer=record.answer,
                                invocation=str(record.invocation)),
                  f"{record.at:+.2f} s" if record.at else "", record.branch, record.line)

    def invoked(self, record: Invoked) -> Iterator[Row]:
        if record.error or record.output.strip() or record.cold:
            ended = "failed" if record.error else "ended"
            started = ", from cold" if record.cold else ""
            yield Row("bad run" if record.error else "run",
                      f"invocation {record.invocation} {ended}{started}",
                      self._lane(record.role, Lane.COMMAND), None,
                      self._details(error=record.error or "", printed=record.output.strip()))

    def item(self, record: Item) -> Iterator[Row]:
        text = "no item" if record.text is None else "its item at the end"
        yield Row("value", f"{self._short(record.id)}: {text}", Lane.READ_MODEL, None,
                  self._details(item=record.text or ""))

    def _service(self, call: Called) -> Lane:
        """The lane of the service that a call goes to."""
        if call.service == "s3":
            return Lane.STORE
        if call.service != "dynamodb":
            return Lane.CARRIER
        stored = call.role in (Role.COMMAND, Role.RELAY)
        return Lane.STORE if stored or call.resource in self._history.system.event_tables \
            else Lane.READ_MODEL

    def _lane(self, role: Role | None, otherwise: Lane) -> Lane:
        return otherwise if role is None else ROLES[role]

    def _short(self, text: str) -> str:
        return text.replace(self._namespace, "")

    def _details(self, **texts: str) -> tuple[tuple[str, str], ...]:
        return tuple((name, _pretty(self._short(text))) for name, text in texts.items() if text)


LONGEST = 60
"""Characters of a view that stand beside its arrow."""


def _note(text: Callable[[Any], str]) -> Callable[[_Drawing, Any], Iterator[Row]]:
    """A drawing of a record that crosses all lanes; no row if its text is empty."""
    return lambda _, record: iter([Row("between", text(record))] if text(record) else [])


def _settled(record: Settled) -> str:
    dead = f", {record.dead} deliveries were given up" if record.dead else ""
    return f"Everything settles{dead}"


_ROWS: dict[type, Callable[[_Drawing, Any], Iterator[Row]]] = {
    Sent: _Drawing.sent,
    Queried: _Drawing.queried,
    SentBatch: _Drawing.batch,
    Stored: _Drawing.stored,
    Published: _Drawing.published,
    Delivered: _Drawing.delivered,
    Handed: _Drawing.handed,
    Called: _Drawing.called,
    Invoked: _Drawing.invoked,
    Item: _Drawing.item,
    Held: _note(lambda r: f"Event {r.number} is {'lost' if r.lost else 'held back'} for a while"),
    Poisoned: _note(lambda r: f"An event nobody knows is published: {r.detail_type}"),
    Endless: _note(lambda r: f"Event {r.number} for {r.function} is left: each before it set off "
                             "the next"),
    Undecided: _note(lambda _: "The result of a command that was taken in is still pending"),
    Settled: _note(_settled),
    Restarted: _note(lambda _: "All environments end"),
    Waited: _note(lambda _: "Time passes until every lease has run out"),
    Expired: _note(lambda _: "The time to live of an item runs out"),
    Rebuilt: _note(lambda r: f"The read model loses {r.wiped} items, and {r.delivered} stored "
                             "events are delivered again"),
    Outlived: _note(lambda r: "Items with a time to live are gone, and the view is read once more: "
                              f"{r.response.status}"),
    Interleaved: _note(lambda r: f"The branches of step {r.step + 1} have ended"),
}
