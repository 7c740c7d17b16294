"""Group the commands of a history by overlap, and order everything the ledger records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.core.commands import Reading
from harness.core.contract import Contract
from harness.core.history import History, Queried, Sent, SentBatch
from harness.core.ledger import Submission
from harness.oracle.marks import submissions


@dataclass(frozen=True, slots=True)
class CommandInterval:
    """A command under way from record ``called`` to record ``at``."""

    called: int
    at: int
    sent: Sent
    submission: Submission

    @property
    def reading(self) -> Reading:
        """How the contract reads it."""
        return self.submission.reading


@dataclass(slots=True)
class OverlapGroup:
    """Commands on one aggregate that overlap, directly or through each other."""

    aggregate: str | None
    ops: list[CommandInterval]

    @property
    def end(self) -> int:
        """The record at which the last of the commands got its reply."""
        return max(op.at for op in self.ops)


Entry = OverlapGroup | SentBatch | tuple[int, Queried]


def ledger_entries(contract: Contract, history: History) -> Iterator[tuple[int, Entry]]:
    """The entries of the ledger with their times; a read amid a group comes right after it."""
    groups = _groups(contract, history)
    for group in groups:
        yield 2 * group.end, group
    for at, record in enumerate(history.records):
        if isinstance(record, SentBatch):
            yield 2 * at, record
        elif isinstance(record, Queried):
            amid = [g.end for g in groups if g.aggregate == record.id and _amid(g, at)]
            yield 2 * max([at, *amid]) + 1, (at, record)


def _amid(group: OverlapGroup, at: int) -> bool:
    return min(op.called for op in group.ops) <= at <= group.end


def _groups(contract: Contract, history: History) -> list[OverlapGroup]:
    latest: dict[str, OverlapGroup] = {}
    groups: list[OverlapGroup] = []
    for op in sorted(_ops(contract, history), key=lambda op: op.called):
        command = op.reading.command
        aggregate = None if command is None else contract.aggregate(command)
        before = latest.get(aggregate) if aggregate is not None else None
        if before is not None and op.called <= before.end:
            before.ops.append(op)
            continue
        groups.append(OverlapGroup(aggregate, [op]))
        if aggregate is not None:
            latest[aggregate] = groups[-1]
    return groups


def _ops(contract: Contract, history: History) -> Iterator[CommandInterval]:
    for called, at, record, submission in submissions(contract, history):
        yield CommandInterval(called, at, record, submission)
