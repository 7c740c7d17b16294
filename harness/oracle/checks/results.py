"""Check that each command that was taken in gets a result."""

from __future__ import annotations

from collections.abc import Iterator

from harness.core.contract import Contract
from harness.core.history import History, Undecided
from harness.core.ledger import Ledger
from harness.core.violation import Hop, Kind, Violation


def check_decided(contract: Contract, history: History, ledger: Ledger) -> Iterator[Violation]:
    """No result is still pending when nothing is on its way any more.

    The client was told that its command was taken in, and has nothing else to ask.
    """
    for record in history.of(Undecided):
        command = contract.read(record.body).command
        yield Violation(
            Kind.UNDECIDED, None if command is None else contract.aggregate(command), -1,
            "a result of the command that was taken in", "the result is pending for ever",
            Hop.COMMAND)
