"""The audit as a whole: read, put together by aggregate, judge."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness.audit import sources
from harness.audit.acknowledgements import aggregate_of, is_reply, judge_replies
from harness.audit.findings import AuditResult, Finding, Found
from harness.audit.judging import is_event, is_view, judge
from harness.audit.partitions import Entry, Lines, gathered, partitions_for, read_back, spread
from harness.audit.sources import Line
from harness.core.contract import Contract
from harness.core.temporary_folders import temporary_folder


@dataclass(frozen=True, slots=True)
class Inputs:
    """Files or folders to audit. ``since``: only aggregates with an event of then or later."""

    events: Path
    views: Path | None = None
    acknowledged: Path | None = None
    since: datetime | None = None


@dataclass
class Audit:
    """One audit; ``of`` runs it."""

    contract: Contract
    inputs: Inputs
    _counted: dict[str, int] = field(default_factory=dict)
    _foreign: list[Found] = field(default_factory=list)
    _aggregates: int = 0

    def result(self) -> AuditResult:
        """Read everything and judge it.

        Raises:
            SourceError: an input cannot be read.
        """
        files = self._files()
        number = partitions_for(sum(file.stat().st_size for _, file in files))
        if number == 1:
            found = self._judged(self._entries(files))
        else:
            with temporary_folder() as folder:
                parts = spread(self._entries(files), folder, number)
                found = [each for part in parts for each in self._judged(read_back(part))]
        every = sorted([*self._foreign, *found], key=_order)
        count = self._counted.get
        return AuditResult(count("event", 0), count("view", 0), count("reply", 0),
                           self._aggregates, tuple(every))

    def _files(self) -> list[tuple[str, Path]]:
        given = (("event", self.inputs.events), ("view", self.inputs.views),
                 ("reply", self.inputs.acknowledged))
        return [(sort, file) for sort, path in given if path is not None
                for file in sources.files_of(path)]

    def _entries(self, files: Iterable[tuple[str, Path]]) -> Iterator[Entry]:
        for sort, file in files:
            for line in sources.read(file):
                self._counted[sort] = self._counted.get(sort, 0) + 1
                aggregate = self._aggregate(sort, line.value)
                if aggregate is None:
                    self._foreign.append(_foreign(self.contract, line))
                else:
                    yield Entry(aggregate, sort, line.place, line.text, line.value)

    def _aggregate(self, sort: str, value: Any) -> str | None:
        tests: dict[str, Callable[[Contract, Any], bool]] = {
            "event": is_event, "view": is_view, "reply": is_reply}
        if not tests[sort](self.contract, value):
            return None
        found = (aggregate_of(self.contract, value) if sort == "reply"
                 else value[self.contract.id_member])
        return str(found)

    def _judged(self, entries: Iterable[Entry]) -> list[Found]:
        found: list[Found] = []
        for aggregate, lines in gathered(entries):
            if self._wanted(lines):
                self._aggregates += 1
                found += judge(self.contract, aggregate, lines,
                               with_views=self.inputs.views is not None)
                found += judge_replies(aggregate, lines)
        return found

    def _wanted(self, lines: Lines) -> bool:
        since = self.inputs.since
        if since is None:
            return True
        times = (moment(value) for _, event in lines.events for value in event.values())
        return any(time is not None and time >= since for time in times)


def moment(value: Any) -> datetime | None:
    """The moment that a text tells in ISO 8601, in UTC where it names no zone; else None."""
    if not isinstance(value, str) or "T" not in value:
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _foreign(contract: Contract, line: Line) -> Found:
    named = line.value.get(contract.id_member) if isinstance(line.value, dict) else None
    return Found(Finding.FOREIGN_OBJECT, named if isinstance(named, str) else "",
                 {"place": line.place})


def _order(found: Found) -> tuple[str, int, str]:
    return found.aggregate, list(Finding).index(found.kind), str(sorted(found.about.items()))
