"""A look at whether a dialect recognises a system's events, before anything is judged by them.

Where the views are right and no event at all is recognised among what the system stores or
publishes, lines of the dialect are wrong. Judged by them, a correct system would be blamed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

from harness.core.bodies import write_body
from harness.core.commands import Accepted
from harness.core.contract import Contract
from harness.core.errors import StageError, UndecidedError, UserMistake
from harness.core.history import History, Published, Stored
from harness.core.json_values import parse_json
from harness.core.scenario import Scenario, Send
from harness.core.stage import Stage
from harness.core.violation import Kind
from harness.dialect import Dialect
from harness.dialect.events import NO_EVENT
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
            _check_stored(contract, dialect, history)
            _check_published(contract, dialect, history)
    stage.reset()


def _life(contract: Contract) -> Scenario:
    """A command of each type, up to the last one after which there is a view."""
    accepted = [each for each in samples(contract) if isinstance(each.decision, Accepted)]
    while accepted and contract.view(accepted[-1].state) is None:
        del accepted[-1]
    return Scenario(tuple(
        Send(write_body(dict(each.command), contract.id_member), key=each.key)
        for each in accepted), fresh=True)


def _check_stored(contract: Contract, dialect: Dialect, history: History) -> None:
    if "log" not in history.system.capabilities or dialect.store is None:
        return
    written = [each for each in history.of(Stored) if each.change != "removed"]
    texts = [each.text for each in written]
    first = next(_unread(texts), None)
    if first is not None:
        why = reason(dialect, contract, replace(written[0], text=first))
        raise _nothing(f"{len(texts)} that were stored", why, "[events]")


def _check_published(contract: Contract, dialect: Dialect, history: History) -> None:
    told = [*history.of(Published)]
    first = next(_unread([each.detail for each in told]), None)
    if first is not None and dialect.published is not None:
        why = reason(dialect, contract, replace(told[0], detail=first))
        raise _nothing(f"{len(told)} that were published", why, "[published]")


def _unread(texts: list[str]) -> Iterator[str]:
    """The texts as the system wrote them, if the dialect recognises an event in none of them."""
    documents = [parse_json(text) for text in texts]
    if all(isinstance(each, dict) and NO_EVENT in each for each in documents):
        yield from (str(each[NO_EVENT]) for each in documents)


def _nothing(among: str, why: str, table: str) -> NothingRecognised:
    first = f" (of the first: {why})" if why else ""
    return NothingRecognised(
        "the dialect", f"it recognises no event among {among}{first}",
        f"correct {table} or leave it out; check-template --try shows each of them")
