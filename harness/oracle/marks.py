"""The submissions of a history: each command with its mark, and the mark's use elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from harness.core.contract import Contract
from harness.core.history import History, Reply, Sent
from harness.core.ledger import OtherUse, Submission
from harness.core.repetition import Mark, Scope

Submitted = tuple[int, int, Sent, Submission]
"""When a command was sent and when its reply came, the record, and the command."""


def submissions(contract: Contract, history: History) -> list[Submitted]:
    """The commands of a history, in the order of their replies."""
    found = list(_each(contract, history))
    if contract.repetition.scope is Scope.AGGREGATE:
        return found
    return [(called, at, sent, replace(submission, other_use=_other_use(contract, each, found)))
            for each in found for called, at, sent, submission in [each]]


def _each(contract: Contract, history: History) -> Iterator[Submitted]:
    for at, record in enumerate(history.records):
        if isinstance(record, Sent):
            called = record.called if record.called >= 0 else at
            reading = contract.read(record.body)
            yield called, at, record, Submission(reading, _mark(contract, record, reading.command))


def _mark(contract: Contract, record: Sent, command: object) -> str | None:
    repetition = contract.repetition
    if repetition.mark is Mark.KEY:
        return record.key
    return repetition.of(None, command if isinstance(command, dict) else None)


def _other_use(contract: Contract, own: Submitted, every: list[Submitted]) -> OtherUse:
    """The use of a command's mark by commands on other aggregates that came before it."""
    called, at, _, submission = own
    if not submission.mark or submission.reading.command is None:
        return OtherUse.UNUSED
    aggregate = contract.aggregate(submission.reading.command)
    others = [(done, sent.reply) for begun, done, sent, other in every
              if begun < at and other.mark == submission.mark and other.reading.command is not None
              and contract.aggregate(other.reading.command) != aggregate]
    if any(done < called and reply is Reply.ACCEPTED for done, reply in others):
        return OtherUse.USED
    return OtherUse.PERHAPS if others else OtherUse.UNUSED
