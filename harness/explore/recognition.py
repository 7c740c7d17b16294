"""A look at whether a dialect recognises a system's events, before anything is judged by them.

Where the views are right and no event at all is recognised among what the system stores or
publishes, lines of the dialect are wrong. Judged by them, a correct system would be blamed.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from harness.core.bodies import write_body
from harness.core.commands import Accepted
from harness.core.contract import Contract
from harness.core.errors import StageError, UndecidedError, UserMistake
from harness.core.history import Published, Stored
from harness.core.scenario import Scenario, Send
from harness.core.stage import Stage
from harness.core.violation import Kind
from harness.dialect import Dialect
from harness.dialect.events import as_written, recognised
from harness.dialect.unrecognised import reason
from harness.explore.samples import samples
from harness.oracle.checks import judge
from harness.play.runner import play

SYSTEM_IS_WRONG = frozenset({
    Kind.VIEW_WRONG, Kind.DELETED_VISIBLE, Kind.VALID_REFUSED, Kind.VALID_FAILED,
    Kind.QUERY_FAILED, Kind.QUERY_FORM, Kind.NEVER_SETTLED})
"""Violations that say nothing about the dialect's evidence: judging tells them."""


class NothingRecognised(UserMistake):
    """A dialect recognises no event in what a system stores or publishes."""


def check_recognised(contract: Contract, dialect: Dialect, stage: Stage) -> None:
    """Play a short life, and see that the dialect recognises an event in what it left behind.

    Raises:
        NothingRecognised: it recognises none, and the system's views are right.
    """
    with suppress(StageError, UndecidedError):  # judging tells what is broken
        history = play(_life(contract), stage, contract)
        if SYSTEM_IS_WRONG.isdisjoint(v.kind for v in judge(contract, history)[1]):
            if "log" in history.system.capabilities:
                stored = [each for each in history.of(Stored) if each.change != "removed"]
                _check(contract, dialect, stored, "stored", "[events]")
            if dialect.published is not None:
                _check(contract, dialect, [*history.of(Published)], "published", "[published]")
    stage.reset()


def _life(contract: Contract) -> Scenario:
    """A command of each type, up to the last one after which there is a view."""
    accepted = [each for each in samples(contract) if isinstance(each.decision, Accepted)]
    while accepted and contract.view(accepted[-1].state) is None:
        del accepted[-1]
    return Scenario(tuple(
        Send(write_body(dict(each.command), contract.id_member), key=each.key)
        for each in accepted), fresh=True)


def _check(
    contract: Contract, dialect: Dialect, records: Sequence[Stored | Published], how: str,
    table: str,
) -> None:
    if not records or any(map(recognised, records)):
        return
    why = reason(dialect, contract, as_written(records[0]))
    first = f" (of the first: {why})" if why else ""
    raise NothingRecognised(
        "the dialect", f"it recognises no event among {len(records)} that were {how}{first}",
        f"correct {table} or leave it out; check-template --try shows each of them")
