"""Stores of a running system as sources: its event bucket or table, and its read model.

All is read, nothing is written. A piece is a number of objects, or a segment of a table's scan;
several may be read at once, each as fast as its share of the rate allows. A table's items are
kept as DynamoDB has them, since systems store a view in several ways.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any

from harness.audit.inventory import Inventory, InventoryObject
from harness.audit.sources import Line
from harness.aws.calls import item_key, item_text
from harness.core.attribute_values import plain_item, typed_item
from harness.core.clock import Clock, RealClock
from harness.core.compression import as_text
from harness.core.contract import Contract
from harness.core.errors import StageError, UserMistake
from harness.core.history import Stored
from harness.core.json_values import parse_json, to_json
from harness.dialect import Dialect
from harness.dialect.bindings import Bindings
from harness.dialect.events import NO_EVENT, canonical_stored
from harness.dialect.expressions import MISSING
from harness.dialect.incoming import view_members
from harness.stages.deployed.cloud import Cloud, aws_errors
from harness.stages.deployed.pool import side_by_side
from harness.stages.deployed.stack import BUCKET, Stack
from harness.stages.participants import Participants
from harness.template import Template

OBJECTS = 1000
"""Objects of a piece: as many as one answer lists (ListObjectsV2)."""
READERS = 8
PAGE_BYTES = 1024 * 1024
"""Bytes that one answer to a scan has at most (Scan, DynamoDB API reference)."""
LOGGED = {"event_id": "eventId"}
"""The name in a reply of a member of a dialect's [log], where they differ."""
ITEM = "item"
"""The sort of lines that are items of a read model."""


@dataclass(frozen=True, slots=True)
class Access:
    """The way to the stores, as workers get it. ``rate``: requests a second of one process."""

    region: str
    endpoint: str | None = None
    keys: tuple[str, str] | None = field(default=None, repr=False)
    profile: str | None = None
    rate: float | None = None

    def cloud(self) -> Cloud:
        """Clients of its services, which keep the rate."""
        cloud = Cloud(self.region, self.endpoint, self.keys, self.profile)
        return cloud if self.rate is None else _PacedCloud(cloud, Pacer(self.rate))


class Pacer:
    """Lets so many requests go a second, evenly. Not for several threads at once."""

    def __init__(self, rate: float, clock: Clock | None = None) -> None:
        self._interval, self._clock = 1 / rate, clock or RealClock()
        self._next = self._clock.now()

    def wait(self) -> None:
        """Come back when the next request may go."""
        now = self._clock.now()
        turn = max(now, self._next)
        self._next = turn + self._interval
        self._clock.wait(turn - now)


class _PacedCloud(Cloud):
    def __init__(self, cloud: Cloud, pacer: Pacer) -> None:
        super().__init__(cloud.region, cloud.endpoint, cloud.keys, cloud.profile)
        self._pacer = pacer

    def _made(self, service: str) -> object:
        client = super()._made(service)
        client.meta.events.register("before-call.*", lambda **_: self._pacer.wait())
        return client


@dataclass(frozen=True, slots=True)
class Form:
    """How the stores are written: a contract, and the dialect of the system, if it has one."""

    contract: Contract
    dialect: Dialect | None = None

    def event(self, key: str, text: str) -> str | None:
        """A stored event in canonical form; None for what the dialect says is none."""
        if self.dialect is None:
            return text
        bindings = Bindings(self.dialect.ids)
        record = Stored("added", key, text, None)
        found = canonical_stored(self.dialect, self.contract, record, bindings)
        text = getattr(found, "text", "")
        return None if NO_EVENT in parse_json(text) else text

    def item(self, item: dict[str, Any], keys: Sequence[str]) -> str:
        """An item of the read model: its aggregate, and its attributes with names of a view."""
        aggregate = item_key(item, keys)
        if self.dialect is not None:
            view = view_members(self.dialect, self.contract, plain_item(item), Bindings())
            named = view.get(self.contract.id_member)
            aggregate = named if isinstance(named, str) else aggregate
            item = typed_item(view)
        return to_json({"id": aggregate, ITEM: item})


    def reply(self, text: str) -> str | None:
        """A line of a log as a reply; None for one that has no id or no status.

        A line that is no JSON stays as it is.
        """
        if self.dialect is None or not self.dialect.log:
            return text
        try:
            line = parse_json(text)
        except ValueError:
            return text
        told = {LOGGED.get(name, name): place.find(line)
                for name, place in self.dialect.log.items()}
        if MISSING in (told["id"], told["status"]):
            return None
        return to_json({name: value for name, value in told.items() if value is not MISSING})


@dataclass(frozen=True, slots=True)
class Objects:
    """Some objects of a bucket."""

    access: Access
    bucket: str
    keys: tuple[str, ...]
    size: int

    def read(self, form: Form) -> Iterator[Line]:
        """The events in them; an object that has gone meanwhile is left out."""
        cloud = self.access.cloud()
        readers = READERS if self.access.rate is None else 1
        with aws_errors(f"bucket {self.bucket}"):
            jobs = [partial(self._text, cloud, key) for key in self.keys]
            texts = side_by_side(jobs, readers)
        for key, text in zip(self.keys, texts, strict=True):
            event = None if text is None else form.event(key, text)
            if event is not None:
                yield Line(f"s3://{self.bucket}/{key}", _one_line(event))

    def _text(self, cloud: Cloud, key: str) -> str | None:
        s3 = cloud.client("s3")
        try:
            return as_text(s3.get_object(Bucket=self.bucket, Key=key)["Body"].read())
        except s3.exceptions.NoSuchKey:
            return None


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a table's items, as a parallel scan divides them."""

    access: Access
    table: str
    keys: tuple[str, ...]
    number: int
    total: int
    size: int
    events: bool

    def read(self, form: Form) -> Iterator[Line]:
        """The events or views in it."""
        client = self.access.cloud().client("dynamodb")
        with aws_errors(f"table {self.table}"):
            pages = client.get_paginator("scan").paginate(
                TableName=self.table, ConsistentRead=True, Segment=self.number,
                TotalSegments=self.total)
            for page in pages:
                for item in page["Items"]:
                    yield from self._line(form, parse_json(item_text(item)))

    def _line(self, form: Form, item: dict[str, Any]) -> Iterator[Line]:
        key = item_key(item, self.keys)
        place = f"{self.table}/{key}".replace("\t", "/")
        if not self.events:
            yield Line(place, form.item(item, self.keys))
            return
        text = to_json(plain_item(item)) if form.dialect is None else to_json(item)
        event = form.event(key, text)
        if event is not None:
            yield Line(place, event)


@dataclass(frozen=True, slots=True)
class Stores:
    """The stores of a stack: events in buckets or a table, views in tables, by physical names.

    ``inventory``: lists the objects of its bucket for the first reading.
    """

    access: Access
    buckets: tuple[str, ...]
    event_tables: tuple[str, ...]
    view_tables: tuple[str, ...]
    inventory: Inventory | None = None

    def names(self) -> tuple[str, ...]:
        """Names by which an audit of them is known again."""
        return (*self.buckets, *self.event_tables, *self.view_tables)

    def pieces(self, segments: int) -> list[tuple[str, Objects | Segment]]:
        """The pieces to read, events first: a view that is newer is read again."""
        cloud = self.access.cloud()
        with aws_errors("the stores"):
            return [
                *(("event", piece) for name in self.buckets
                  for piece in self._objects(cloud, name)),
                *(("event", piece) for name in self.event_tables
                  for piece in self._segments(cloud, name, segments, events=True)),
                *((ITEM, piece) for name in self.view_tables
                  for piece in self._segments(cloud, name, segments, events=False))]

    def _objects(self, cloud: Cloud, bucket: str) -> Iterator[Objects]:
        if self.inventory is not None and self.inventory.bucket == bucket:
            found = self.inventory.objects()
        else:
            found = _listed_now(cloud, bucket)
        while some := tuple(islice(found, OBJECTS)):
            yield Objects(self.access, bucket, tuple(each.key for each in some),
                          sum(each.size for each in some))

    def _segments(
        self, cloud: Cloud, name: str, segments: int, *, events: bool
    ) -> Iterator[Segment]:
        table = cloud.client("dynamodb").describe_table(TableName=name)["Table"]
        keys = tuple(key["AttributeName"]
                     for key in sorted(table["KeySchema"], key=lambda key: str(key["KeyType"])))
        if not events and len(keys) > 1:
            return  # several items for one aggregate are no view that a contract could describe
        for number in range(segments):
            yield Segment(self.access, name, keys, number, segments,
                          int(table.get("TableSizeBytes", 0)) // segments, events)


def _listed_now(cloud: Cloud, bucket: str) -> Iterator[InventoryObject]:
    for page in cloud.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket):
        yield from (InventoryObject(each["Key"], each["Size"]) for each in page.get("Contents", []))


def requests_of(pieces: Sequence[tuple[str, Any]]) -> int:
    """How many requests reading these pieces will take, about."""
    return sum(len(piece.keys) if isinstance(piece, Objects) else 1 + piece.size // PAGE_BYTES
               for _, piece in pieces)


def stores_of(
    access: Access, stack: Stack, template: Template, parts: Participants, query: Sequence[str],
    dialect: Dialect | None,
) -> Stores:
    """The stores of a stack. ``query``: its query functions, whose tables are the read model.

    Raises:
        StageError: the stack has no event store, or the dialect does not tell what is needed.
    """
    _check_told(dialect)
    event_tables = (parts.event_table,) if parts.event_table else ()
    buckets = () if event_tables else (
        (parts.event_bucket,) if parts.event_bucket else stack.of(BUCKET))
    used = {name for function in query for name in template.uses.get(function, ())}
    tables = [name for name in template.tables if name not in event_tables]
    shown = [name for name in tables if name in used] or tables
    def physical(names: Sequence[str]) -> tuple[str, ...]:
        return tuple(stack.physical[name] for name in names if name in stack.physical)

    found = Stores(access, physical(buckets), physical(event_tables), physical(shown))
    if not found.buckets and not found.event_tables:
        raise StageError(f"stack {stack.name}", "it has no event store",
                         "name it in the dialect's [events]")
    if not found.view_tables:
        raise StageError(f"stack {stack.name}", "it has no table of views",
                         "give --template, if CloudFormation has another one")
    return found


def _check_told(dialect: Dialect | None) -> None:
    if dialect is None:
        return
    if dialect.store is None:
        raise UserMistake("the dialect", "it does not tell the form of stored events",
                          "add [events]")
    if not dialect.store.tells("version"):
        raise UserMistake("the dialect", "it does not tell the version of a stored event",
                          "add version to [events]; without it no gap shows")


def _one_line(text: str) -> str:
    """A document on one line; what is no JSON is quoted, so that it is a foreign object."""
    try:
        value = parse_json(text)
    except ValueError:
        return to_json(text)
    return to_json(value) if "\n" in text or "\r" in text else text.strip()
