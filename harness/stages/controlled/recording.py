"""Evidence of a play: what calls, stores and the bus show becomes records.

The recorder is told of every call of a function. It looks into the event store (buckets, or the
table that a dialect names) before and after a call that may change it, past the interception, and
keeps which items a projection wrote.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from botocore.awsrequest import AWSResponse

from harness.aws.calls import Call
from harness.aws.eventual import is_eventual, is_unguarded
from harness.aws.interception import Make
from harness.core.aws_operations import is_read
from harness.core.bus_entry import BusEntry
from harness.core.faults import FaultKind
from harness.core.history import Called, Published, Record, Role, Stored
from harness.stages.controlled.calling_lines import NO_TRACE, Trace
from harness.stages.controlled.running import Running

ONE_OBJECT = frozenset({"PutObject", "DeleteObject", "CopyObject"})
"""S3 operations that change the object that the request names, and no other."""
Place = tuple[str, str]
"""A bucket and a key, or a table and a key."""


class ObjectStore(Protocol):
    """The buckets of a backend, as the recorder reads them."""

    def keys(self, bucket: str) -> list[str]:
        """The keys of a bucket's objects."""

    def text(self, bucket: str, key: str) -> str | None:
        """An object's content, None where there is no object."""

    def items(self, table: str, keys: frozenset[str]) -> dict[str, str]:
        """The items of a table with those keys, or all (no keys), as DynamoDB JSON by key."""


@dataclass(frozen=True, slots=True)
class EventStore:
    """Where the events are, by physical names; None: in any bucket, and in no table.

    ``time_to_live``: the attribute by which the table's items expire, if they do.
    """

    bucket: str | None = None
    table: str | None = None
    time_to_live: str = ""


@dataclass
class Recorder:
    """Turns calls, changed objects and published entries into the records of a play.

    ``records``: those of the current play, oldest first. ``_command_buckets``: buckets that a
    command function has written to in this play.
    """

    objects: ObjectStore
    store: EventStore = EventStore()
    records: list[Record] = field(default_factory=list)
    _written: set[Place] = field(default_factory=set)
    _spared: set[Place] = field(default_factory=set)
    _command_buckets: set[str] = field(default_factory=set)

    def begin(self) -> None:
        """Begin a play: no records yet."""
        self.records, self._written, self._command_buckets = [], set(), set()
        self._spared = set()

    def forget(self) -> None:
        """Begin to record: what was written so far was there before, and is not wiped either."""
        self.records, self._written, self._spared = [], set(), self._spared | self._written

    def record(self, record: Record) -> None:
        """Add a record."""
        self.records.append(record)

    def called(
        self, running: Running, call: Call, status: int, fault: FaultKind | None,
        branch: int | None, denied: str = "", trace: Trace = NO_TRACE,
    ) -> None:
        """Record a call, with the status of its response (0: there was none)."""
        self.record(Called(running.role, running.function, running.number, call.service,
                           call.operation, call.resource, call.key, status,
                           fault.value if fault else None, call.arns, branch, denied,
                           is_eventual(call), *trace, unguarded=is_unguarded(call)))

    def published(
        self, running: Running | None, number: int, entry: BusEntry, targets: int
    ) -> None:
        """Record an entry that the bus accepted, and the number of its targets."""
        self.record(Published(number, entry.source, entry.detail_type, entry.detail, entry.bus,
                              running.role if running else None, targets))

    def performed(self, role: Role | None, call: Call, perform: Make) -> AWSResponse | None:
        """Perform a call of a function, and record the objects that it changed."""
        before = {place: self.objects.text(*place) for place in self._may_change(call)}
        items = self._items(call)
        response = perform()
        status = response.status_code if response is not None else 0
        if status < 300 and role is Role.PROJECTION:
            self._note_written_items(call)
        for (bucket, key), old in before.items():
            if self._is_evidence(bucket, role):
                self._record_change(key, old, self.objects.text(bucket, key), role)
        if items is not None:
            self._record_items(items, self._items(call) or {}, role)
        return response

    def _items(self, call: Call) -> dict[str, str] | None:
        """The items of the event store that a call may change; None if it changes none."""
        table = self.store.table
        if table is None or call.service != "dynamodb" or is_read(call.operation):
            return None
        if table not in call.resource.split(","):
            return None
        return self.objects.items(table, frozenset(filter(None, call.key.split("\n"))))

    def _record_items(
        self, before: dict[str, str], after: dict[str, str], role: Role | None
    ) -> None:
        for key in before | after:
            new = after.get(key)
            self._record_change(key, before.get(key), new, role, expires=self._expires(new))

    def _expires(self, item: str | None) -> bool:
        """Tell if an item of the event store has a time to live."""
        return item is not None and has_time_to_live(item, (self.store.time_to_live,))

    def written_items(self) -> dict[str, frozenset[str]]:
        """The keys of the items that projections wrote in this play, by table."""
        written = self._written - self._spared
        return {table: frozenset(key for place, key in written if place == table)
                for table, _ in written}

    def _is_evidence(self, bucket: str, role: Role | None) -> bool:
        """Tell if a bucket has evidence: one that only projections write to is an archive."""
        self._command_buckets |= {bucket} if role is Role.COMMAND else set()
        return role is not Role.PROJECTION or bucket in self._command_buckets

    def _may_change(self, call: Call) -> list[Place]:
        """The objects that a call may change."""
        if call.service != "s3" or is_read(call.operation):
            return []
        if self.store.table is not None or self.store.bucket not in (None, call.resource):
            return []
        if call.operation in ONE_OBJECT:
            return [(call.resource, call.key)]
        return [(call.resource, key) for key in self.objects.keys(call.resource)]

    def _note_written_items(self, call: Call) -> None:
        if call.service == "dynamodb" and not is_read(call.operation):
            tables = call.resource.split(",")
            self._written |= {(table, key) for table in tables for key in call.key.split("\n")}

    def _record_change(
        self, key: str, old: str | None, new: str | None, role: Role | None,
        *, expires: bool = False,
    ) -> None:
        if old == new:
            return
        change = "added" if old is None else "removed" if new is None else "changed"
        self.record(Stored(change, key, (old if new is None else new) or "", role, expires))


def has_time_to_live(item: str, names: Iterable[str]) -> bool:
    """Tell if an item, as DynamoDB JSON, has a number where its time to live would be."""
    attributes = json.loads(item)
    return any("N" in attributes.get(name, {}) for name in names)
