"""Build the ledger of a history: how the contract reads each command, read and aggregate.

Commands on one aggregate that overlap are worked through together, in every order that real time
allows; all other records in their own order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from harness.core.contract import Contract
from harness.core.history import History, Queried, Reply, SentBatch
from harness.core.ledger import Expect, JudgedCommand, Ledger, Read, Submission, World
from harness.core.repetition import Mark, canonical_text
from harness.oracle.narrowing import narrowed, stored_effects
from harness.oracle.overlaps import CommandInterval, OverlapGroup, ledger_entries
from harness.oracle.worlds import (
    EFFECT_UNKNOWN,
    EXPECTATIONS_MET_BY,
    initial_world,
    may_have_lost_race,
    possible_outcomes,
    without_effect,
)

SETTLED = {Reply.ACCEPTED, Reply.REFUSED}
MOST_WORLDS = 5000
"""Worlds of one aggregate; each command without a definite reply doubles them. Beyond that, the
likeliest are looked at."""


def build_ledger(contract: Contract, history: History) -> Ledger:
    """Work through a history in the order of the records, overlapping commands together."""
    builder = _LedgerBuilder(contract, history)
    for _, entry in sorted(ledger_entries(contract, history), key=lambda timed: timed[0]):
        if isinstance(entry, OverlapGroup):
            builder.group(entry)
        elif isinstance(entry, SentBatch):
            builder.batch(entry)
        else:
            builder.query(*entry)
    return builder.ledger()


class _LedgerBuilder:
    def __init__(self, contract: Contract, history: History) -> None:
        self._contract, self._history = contract, history
        self._worlds: dict[str, tuple[World, ...]] = {}
        self._judged: list[JudgedCommand] = []
        self._reads: list[Read] = []
        self._contradicted: set[str] = set()
        self._open: dict[tuple[str, str | None], None] = {}
        self._narrowed: set[str] = set()

    def ledger(self) -> Ledger:
        return Ledger(
            tuple(sorted(self._judged, key=lambda judged: judged.at)),
            tuple(sorted(self._reads, key=lambda read: read.at)),
            self._worlds, frozenset(self._contradicted),
            frozenset(aggregate for aggregate, _ in self._open), frozenset(self._narrowed))

    def _of(self, aggregate: str) -> tuple[World, ...]:
        return self._worlds.get(aggregate) or (initial_world(self._contract),)

    def group(self, group: OverlapGroup) -> None:
        if group.aggregate is None:
            self._invalid(group.ops[0])
        elif len(group.ops) == 1:
            self._single(group.aggregate, group.ops[0])
        else:
            self._overlapping(group.aggregate, group.ops)
        for op in sorted(group.ops, key=lambda op: op.at):
            self._note_open_command(group.aggregate, op)

    def _note_open_command(self, aggregate: str | None, op: CommandInterval) -> None:
        """Remember a command that may or may not have taken effect, until a repeat settles it.

        A repetition settles it when it succeeds. Where no mark is possible, the same command again
        is a new one, and any definite reply to it settles the first: it took effect or did not.
        """
        if aggregate is None:
            return
        mark, settling = op.submission.mark, {Reply.ACCEPTED}
        if mark is None and self._contract.repetition.mark is not Mark.KEY:
            mark, settling = canonical_text(op.reading.command or {}), SETTLED
        if op.sent.reply in EFFECT_UNKNOWN:
            self._open[aggregate, mark] = None
        elif op.sent.reply in settling and mark is not None:
            self._open.pop((aggregate, mark), None)

    def _invalid(self, op: CommandInterval) -> None:
        agrees = op.sent.reply is not Reply.ACCEPTED
        expected = frozenset({Expect.REFUSE_INVALID})
        self._judged.append(JudgedCommand(op.at, op.sent, op.submission, None, expected, agrees))

    def _single(self, aggregate: str, op: CommandInterval) -> None:
        worlds = self._of(aggregate)
        possible = self._outcomes(worlds, op.submission)
        met = EXPECTATIONS_MET_BY[op.sent.reply]
        allowed = [world for expect, world in possible if expect in met]
        if op.sent.reply in EFFECT_UNKNOWN:
            allowed += [without_effect(world, op.submission) for world in worlds]
        self._worlds[aggregate] = tuple(dict.fromkeys(allowed)) or worlds
        self._bound(aggregate)
        expected = frozenset(expect for expect, _ in possible)
        self._judged.append(
            JudgedCommand(op.at, op.sent, op.submission, aggregate, expected, bool(allowed)))

    def _bound(self, aggregate: str) -> None:
        """Keep the likeliest of too many worlds, before time or memory runs out."""
        worlds = self._worlds[aggregate]
        if len(worlds) > MOST_WORLDS:
            self._worlds[aggregate] = narrowed(worlds, self._stored.get(aggregate, ()))
            self._narrowed.add(aggregate)

    @cached_property
    def _stored(self) -> dict[str, tuple[str, ...]]:
        return stored_effects(self._contract, self._history)

    def _overlapping(self, aggregate: str, ops: list[CommandInterval]) -> None:
        expected: dict[int, set[Expect]] = {op.at: set() for op in ops}
        worlds = self._linearized(self._of(aggregate), ops, expected, bound=True)
        if not worlds:
            self._contradicted.add(aggregate)
            worlds = self._linearized(self._of(aggregate), ops, expected, bound=False)
        self._worlds[aggregate] = tuple(worlds)
        self._bound(aggregate)
        for op in ops:
            self._judged.append(JudgedCommand(op.at, op.sent, op.submission, aggregate,
                                       frozenset(expected[op.at]), True, overlapped=True))

    def _linearized(
        self, worlds: Iterable[World], ops: list[CommandInterval], expected: dict[int, set[Expect]],
        *, bound: bool,
    ) -> dict[World, None]:
        """The worlds after every order of the commands that their replies (if bound) allow."""
        frontier = {(frozenset(op.at for op in ops), world): None for world in worlds}
        ended: dict[World, None] = {}
        while frontier:
            left, world = frontier.popitem()[0]
            if not left:
                ended[world] = None
            for op in _first(ops, left):
                for after in self._after_one(world, op, expected[op.at], bound=bound):
                    frontier[left - {op.at}, after] = None
        return ended

    def _after_one(
        self, world: World, op: CommandInterval, expected: set[Expect], *, bound: bool
    ) -> Iterator[World]:
        for expect, after in possible_outcomes(self._contract, world, op.submission):
            expected.add(expect)
            if not bound or expect in EXPECTATIONS_MET_BY[op.sent.reply]:
                yield after
        if op.sent.reply in EFFECT_UNKNOWN or may_have_lost_race(op.sent):
            yield without_effect(world, op.submission)

    def batch(self, record: SentBatch) -> None:
        for body in record.bodies:
            reading = self._contract.read(body)
            if reading.command is not None:
                aggregate = self._contract.aggregate(reading.command)
                mark = self._contract.repetition.of(None, reading.command)
                possible = self._outcomes(self._of(aggregate), Submission(reading, mark))
                self._worlds[aggregate] = tuple(dict.fromkeys(world for _, world in possible))
                self._bound(aggregate)

    def query(self, at: int, query: Queried) -> None:
        self._reads.append(Read(at, query, self._of(query.id)))

    def _outcomes(
        self, worlds: Iterable[World], submission: Submission
    ) -> list[tuple[Expect, World]]:
        return [outcome for world in worlds
                for outcome in possible_outcomes(self._contract, world, submission)]


def _first(ops: Iterable[CommandInterval], left: frozenset[int]) -> list[CommandInterval]:
    """Those of the commands left that may come first: none of the others ended before."""
    remaining = [op for op in ops if op.at in left]
    earliest = min((op.at for op in remaining), default=0)
    return [op for op in remaining if op.called <= earliest]
