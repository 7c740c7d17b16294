"""The table of docs/contract.md, section 8: what requirements mean for each shape of a system.

The rows are made from the data that judges: the rules of dialects, the marks of repetitions, and
the explorations of requirements. A requirement without a row means the same for every shape.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from harness.core.repetition import Mark
from harness.core.verdict import NotJudged, Outcome
from harness.dialect.needs import RULES
from harness.explore.not_judged import (
    BY_CHAIN,
    BY_MARK,
    CALLED,
    DELIVERED,
    ENRICHED,
    NO_REPLIES,
    ONE_AT_A_TIME,
    PUBLISHED_BY_RELAYS,
)
from scenarios.demands.explorations import EXPLORATIONS
from scenarios.demands.requirements import MEANINGS

MARKS = {
    Mark.MEMBER: "a member of the command marks a repetition",
    Mark.CONTENT: "the content marks a repetition",
    Mark.NONE: "nothing marks a repetition",
}
"""How a system recognises a repeated command, where it is not by a key of its own."""


@dataclass(frozen=True, slots=True)
class Row:
    """Requirements that mean something of their own where a system has a shape."""

    requirements: tuple[str, ...]
    where: str
    meaning: str

    def __str__(self) -> str:
        return f"| {', '.join(self.requirements)} | {self.where} | {self.meaning} |"


def rows() -> tuple[Row, ...]:
    """The table, in the order of the page."""
    return (*_of_marks(), *_of_dialects(), *_of_queues(), *_of_chains())


def _of_marks() -> Iterator[Row]:
    for mark, where in MARKS.items():
        yield from (Row((id,), where, text) for id, text in MEANINGS.get(mark, {}).items())
        senseless = BY_MARK.get(mark, {})
        for reason in dict.fromkeys(senseless.values()):
            ids = tuple(id for id, why in senseless.items() if why == reason)
            yield replace(_not_judged(ids, NotJudged(reason, Outcome.NOT_APPLICABLE)), where=where)


def _of_dialects() -> Iterator[Row]:
    for lack in dict.fromkeys(lack for _, lack in RULES.values()):
        ids = tuple(sorted(id for id, (_, other) in RULES.items() if other == lack))
        yield _not_judged(ids, lack)


def _of_queues() -> Iterator[Row]:
    unseen = tuple(id for id, each in EXPLORATIONS.items() if each.needs_replies)
    yield _not_judged(unseen, NO_REPLIES)
    overlapping = tuple(id for id, each in EXPLORATIONS.items() if each.overlapping)
    yield _not_judged(overlapping, NotJudged(ONE_AT_A_TIME))


def _of_chains() -> Iterator[Row]:
    for reason in dict.fromkeys(reason for _, reason in BY_CHAIN.values()):
        ids = tuple(id for id, (_, other) in BY_CHAIN.items() if other == reason)
        yield Row(ids, reason, Outcome.NOT_APPLICABLE.value)
    yield _not_judged(DELIVERED, NotJudged(CALLED, Outcome.NOT_APPLICABLE))
    yield _not_judged(PUBLISHED_BY_RELAYS, NotJudged(ENRICHED, Outcome.NOT_APPLICABLE))


def _not_judged(ids: tuple[str, ...], lack: NotJudged) -> Row:
    """A row that says where requirements are not judged: the reason begins with it."""
    where, _, rest = lack.reason.partition(": ")
    if where.startswith("needs "):
        where = f"without {where.removeprefix('needs ')}"
    return Row(ids, where, f"{lack.outcome.value}: {rest}" if rest else lack.outcome.value)
