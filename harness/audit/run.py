"""The audit as a whole: read, put together by aggregate, judge, one partition after another."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness.audit import sources
from harness.audit.acknowledgements import aggregate_of, is_reply, judge_replies
from harness.audit.exports import ExportFile, export_files, is_export
from harness.audit.findings import AuditResult, Finding, Found, in_order
from harness.audit.judging import Judge, is_event, is_view
from harness.audit.live import ITEM, Form, Objects, Segment, Stores
from harness.audit.partitions import (
    MOST_FILES,
    Lines,
    Router,
    Row,
    StoredItem,
    partitions_for,
    read_back,
    rows_of,
    spread,
)
from harness.audit.sources import Line, Piece
from harness.core.contract import Contract
from harness.core.json_values import parse_json
from harness.core.temporary_folders import temporary_folder
from harness.dialect import Dialect

AnyPiece = Piece | ExportFile | Objects | Segment


@dataclass(frozen=True, slots=True)
class Inputs:
    """Files or folders to audit. ``since``: only aggregates with an event of then or later.

    ``plan``: note which events to deliver again. ``live_views``: views are items of live tables.
    ``only``: judge no other aggregates.
    """

    events: Path | None
    views: Path | None = None
    acknowledged: Path | None = None
    since: datetime | None = None
    plan: bool = False
    live_views: bool = False
    only: frozenset[str] | None = None

    @property
    def with_views(self) -> bool:
        """Tell if views are judged."""
        return self.views is not None or self.live_views

    def pieces(self) -> Iterator[tuple[str, AnyPiece]]:
        """The pieces of every file, with the sort of their lines.

        Raises:
            SourceError: there is none, or one has a form that is not known.
        """
        given = (("event", self.events), ("view", self.views), ("reply", self.acknowledged))
        for sort, path in given:
            if path is not None and is_export(path):
                for file in export_files(path, events=sort == "event"):
                    yield "event" if file.events else ITEM, file
            elif path is not None:
                for each in sources.files_of(path):
                    yield from ((sort, piece) for piece in sources.pieces(each))


@dataclass(frozen=True, slots=True)
class Part:
    """The result of one partition."""

    number: int
    counted: dict[str, int]
    findings: tuple[Found, ...]


@dataclass(frozen=True, slots=True)
class Work:
    """The work of an audit: its pieces, and how many partitions they are put into."""

    contract: Contract
    inputs: Inputs
    pieces: Sequence[tuple[str, AnyPiece]]
    partitions: int
    dialect: Dialect | None = None
    stores: Stores | None = None

    @property
    def size(self) -> int:
        """Bytes of all pieces, as far as they are known."""
        return sum(piece.size for _, piece in self.pieces)

    def rows(self, chosen: Iterable[tuple[str, AnyPiece]]) -> Iterator[Row]:
        """The lines of some pieces."""
        form = Form(self.contract, self.dialect)
        for sort, piece in chosen:
            lines = sources.read(piece) if isinstance(piece, Piece) else piece.read(form)
            yield from rows_of(sort, _replies(lines, form) if sort == "reply" else lines)

    def router(self) -> Router:
        """The choice of a line's partition."""
        return Router(self.contract, self.partitions)

    def judged(self, number: int, rows: Iterable[Row]) -> Part:
        """Judge all rows of a partition.

        Raises:
            SourceError: a line is not JSON.
        """
        return _Partition(self.contract, self.inputs).judged(number, rows)


def work(
    contract: Contract, inputs: Inputs, *, stores: Stores | None = None,
    dialect: Dialect | None = None, segments: int = 1,
) -> Work:
    """Look at the inputs: files, and the stores of a running system.

    Raises:
        SourceError, StageError: one of them cannot be read.
    """
    live = [] if stores is None else stores.pieces(segments)
    found: list[tuple[str, AnyPiece]] = [*live, *inputs.pieces()]
    size = sum(piece.size for _, piece in found)
    return Work(contract, inputs, found, partitions_for(size), dialect, stores)


def judged_here(work: Work, numbers: Sequence[int]) -> Iterator[Part]:
    """Judge some partitions in this process.

    Raises:
        SourceError: an input cannot be read.
    """
    if work.partitions == 1:
        yield from (work.judged(number, work.rows(work.pieces)) for number in numbers)
        return
    with temporary_folder() as folder:
        for first in range(0, len(numbers), MOST_FILES):
            some = numbers[first:first + MOST_FILES]
            spread(work.rows(work.pieces), work.router(), folder, some)
            for number in some:
                yield work.judged(number, read_back(folder, number))


def result_of(parts: Iterable[Part]) -> AuditResult:
    """Add up the results of all partitions."""
    counted: dict[str, int] = {}
    findings: list[Found] = []
    for part in parts:
        findings += part.findings
        for name, number in part.counted.items():
            counted[name] = counted.get(name, 0) + number
    count = counted.get
    return AuditResult(count("event", 0), count("view", 0) + count(ITEM, 0), count("reply", 0),
                       count("aggregate", 0), tuple(sorted(findings, key=in_order)))


def _replies(lines: Iterable[Line], form: Form) -> Iterator[Line]:
    for line in lines:
        text = form.reply(line.text)
        if text is not None:
            yield line._replace(text=text)


TESTS: dict[str, Callable[[Contract, Any], bool]] = {
    "event": is_event, "view": is_view, "reply": is_reply, ITEM: lambda contract, value: True}


@contextmanager
def _without_collector() -> Iterator[None]:
    """Keep the collector from looking through millions of values, none of which is in a circle."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


class _Partition:
    """One partition as it is judged."""

    def __init__(self, contract: Contract, inputs: Inputs) -> None:
        self._contract, self._inputs = contract, inputs
        self._judge = Judge(contract, views=inputs.with_views, plan=inputs.plan)
        self._counted = {"event": 0, "view": 0, "reply": 0, ITEM: 0, "aggregate": 0}
        self._foreign: list[Found] = []

    def judged(self, number: int, rows: Iterable[Row]) -> Part:
        with _without_collector():
            gathered = self._gathered(rows)
            found = [*self._foreign]
            for aggregate in sorted(gathered):
                found += self._of_one(aggregate, gathered.pop(aggregate))
        return Part(number, self._counted, tuple(found))

    def _of_one(self, aggregate: str, lines: Lines) -> Iterator[Found]:
        if self._wanted(lines):
            self._counted["aggregate"] += 1
            yield from self._judge.judge(aggregate, lines)
            if lines.replies:
                yield from judge_replies(aggregate, lines)

    def _gathered(self, rows: Iterable[Row]) -> dict[str, Lines]:
        """The lines of each aggregate."""
        gathered: dict[str, Lines] = {}
        only = self._inputs.only
        for row in rows:
            self._counted[row.sort] += 1
            value = _value(row)
            aggregate = self._aggregate(row.sort, value)
            if aggregate is None:
                self._foreign.append(_foreign(self._contract, row, value))
                continue
            if only is not None and aggregate not in only:
                continue
            lines = gathered.get(aggregate)
            if lines is None:
                lines = gathered[aggregate] = Lines()
            if row.sort == ITEM:
                lines.items.append((row.place, StoredItem(value["id"], value[ITEM])))
                continue
            chosen = (lines.events if row.sort == "event" else
                      lines.views if row.sort == "view" else lines.replies)
            chosen.append((row.place, value))
        return gathered

    def _aggregate(self, sort: str, value: Any) -> str | None:
        if not TESTS[sort](self._contract, value):
            return None
        if sort == ITEM:
            return str(value["id"])
        found = (aggregate_of(self._contract, value) if sort == "reply"
                 else value[self._contract.id_member])
        return str(found)

    def _wanted(self, lines: Lines) -> bool:
        since = self._inputs.since
        if since is None:
            return True
        times = (moment(value) for _, event in lines.events for value in event.values())
        return any(time is not None and time >= since for time in times)


def _value(row: Row) -> Any:
    try:
        return parse_json(row.text)
    except ValueError as error:
        raise sources.not_json(row.place, error) from None


def moment(value: Any) -> datetime | None:
    """The moment that a text tells in ISO 8601, in UTC where it names no zone; else None."""
    if not isinstance(value, str) or "T" not in value:
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _foreign(contract: Contract, row: Row, value: Any) -> Found:
    named = value.get(contract.id_member) if isinstance(value, dict) else None
    return Found(Finding.FOREIGN_OBJECT, named if isinstance(named, str) else "",
                 {"place": row.place})
