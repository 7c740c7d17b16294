"""The oracle: what acknowledged, refused and indefinite replies allow to have happened.

Per aggregate there is a set of possible worlds. A definite reply narrows it, an indefinite
one splits it. Nothing here looks at stored or published events: an event stored twice would
agree with itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from harness.core.commands import Acceptance, Accepted, Command, Reading, View
from harness.core.contract import Contract
from harness.core.errors import UndecidedError
from harness.core.history import History, Queried, Reply, Sent, SentBatch
from harness.core.json_values import plain_numbers, to_json
from harness.core.ledger import Expect, JudgedCommand, Ledger, Read, World

MOST_WORLDS = 5000
"""Worlds of one aggregate; each command without a definite reply doubles them."""


SUCCESS_EXPECTED = frozenset({Expect.ACCEPT, Expect.REPEAT})
EXPECTATIONS_MET_BY = {
    Reply.ACCEPTED: SUCCESS_EXPECTED,
    Reply.REFUSED: frozenset({Expect.REFUSE, Expect.REFUSE_REUSE, Expect.REFUSE_INVALID}),
    Reply.QUEUED: frozenset(Expect),
    Reply.INDEFINITE: frozenset(Expect),
    Reply.BUSY: frozenset(Expect),
}
"""The expectations that each reply agrees with."""
EFFECT_UNKNOWN = frozenset({Reply.INDEFINITE, Reply.BUSY})
"""Replies that leave open whether the command has had its effect."""
LOST_RACE_STATUSES = frozenset({409, 412, 429})


def initial_world(contract: Contract) -> World:
    """An aggregate that nothing has happened to."""
    return World((contract.initial,))


def distinct(views: Iterable[View]) -> list[View]:
    """The views without repetition, in order."""
    found: list[View] = []
    for view in views:
        if view not in found:
            found.append(view)
    return found


def final_views(contract: Contract, ledger: Ledger, aggregate: str) -> list[View]:
    """The views that may be right in the end; one, unless replies were indefinite."""
    worlds = ledger.worlds.get(aggregate) or (initial_world(contract),)
    return distinct(contract.view(world.state) for world in worlds)


def prefix_views(contract: Contract, worlds: Iterable[World]) -> list[View]:
    """The views of every prefix of what may have happened."""
    return distinct(contract.view(state) for world in worlds for state in world.states)


def build_ledger(contract: Contract, history: History) -> Ledger:
    """Work through a history in the order of the records, overlapping commands together.

    Raises:
        UndecidedError: there are too many courses that events may have taken.
    """
    books = _Books(contract)
    for _, entry in sorted(_entries(contract, history), key=lambda timed: timed[0]):
        if isinstance(entry, _Group):
            books.group(entry)
        elif isinstance(entry, SentBatch):
            books.batch(entry)
        else:
            books.query(*entry)
    return books.ledger()


@dataclass(frozen=True, slots=True)
class _Op:
    """A command under way from record ``called`` to record ``at``."""

    called: int
    at: int
    sent: Sent
    reading: Reading


@dataclass(slots=True)
class _Group:
    """Commands on one aggregate that overlap, directly or through each other."""

    aggregate: str | None
    ops: list[_Op]

    @property
    def end(self) -> int:
        return max(op.at for op in self.ops)


_Entry = _Group | SentBatch | tuple[int, Queried]


def _entries(contract: Contract, history: History) -> Iterator[tuple[int, _Entry]]:
    """What has to be booked, with its time; reads amid a group come right after it."""
    groups = _groups(contract, history)
    for group in groups:
        yield 2 * group.end, group
    for at, record in enumerate(history.records):
        if isinstance(record, SentBatch):
            yield 2 * at, record
        elif isinstance(record, Queried):
            amid = [g.end for g in groups if g.aggregate == record.id and _amid(g, at)]
            yield 2 * max([at, *amid]) + 1, (at, record)


def _amid(group: _Group, at: int) -> bool:
    return min(op.called for op in group.ops) <= at <= group.end


def _groups(contract: Contract, history: History) -> list[_Group]:
    latest: dict[str, _Group] = {}
    groups: list[_Group] = []
    for op in sorted(_ops(contract, history), key=lambda op: op.called):
        command = op.reading.command
        aggregate = None if command is None else contract.aggregate(command)
        before = latest.get(aggregate) if aggregate is not None else None
        if before is not None and op.called <= before.end:
            before.ops.append(op)
            continue
        groups.append(_Group(aggregate, [op]))
        if aggregate is not None:
            latest[aggregate] = groups[-1]
    return groups


def _ops(contract: Contract, history: History) -> Iterator[_Op]:
    for at, record in enumerate(history.records):
        if isinstance(record, Sent):
            called = record.called if record.called >= 0 else at
            yield _Op(called, at, record, contract.read(record.body))


class _Books:
    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._worlds: dict[str, tuple[World, ...]] = {}
        self._judged: list[JudgedCommand] = []
        self._reads: list[Read] = []
        self._contradicted: set[str] = set()
        self._open: dict[tuple[str, str | None], None] = {}

    def ledger(self) -> Ledger:
        return Ledger(
            tuple(sorted(self._judged, key=lambda judged: judged.at)),
            tuple(sorted(self._reads, key=lambda read: read.at)),
            self._worlds, frozenset(self._contradicted),
            frozenset(aggregate for aggregate, _ in self._open))

    def _of(self, aggregate: str) -> tuple[World, ...]:
        return self._worlds.get(aggregate) or (initial_world(self._contract),)

    def group(self, group: _Group) -> None:
        if group.aggregate is None:
            self._invalid(group.ops[0])
        elif len(group.ops) == 1:
            self._single(group.aggregate, group.ops[0])
        else:
            self._overlapping(group.aggregate, group.ops)
        for op in sorted(group.ops, key=lambda op: op.at):
            self._follow(group.aggregate, op.sent)

    def _follow(self, aggregate: str | None, sent: Sent) -> None:
        """Remember commands whose fate is open, until they are repeated with success."""
        if aggregate is None:
            return
        if sent.reply in EFFECT_UNKNOWN:
            self._open[aggregate, sent.key] = None
        elif sent.reply is Reply.ACCEPTED and sent.key is not None:
            self._open.pop((aggregate, sent.key), None)

    def _invalid(self, op: _Op) -> None:
        agrees = op.sent.reply is not Reply.ACCEPTED
        expected = frozenset({Expect.REFUSE_INVALID})
        self._judged.append(JudgedCommand(op.at, op.sent, op.reading, None, expected, agrees))

    def _single(self, aggregate: str, op: _Op) -> None:
        worlds = self._of(aggregate)
        possible = self._outcomes(worlds, op.reading, op.sent.key)
        met = EXPECTATIONS_MET_BY[op.sent.reply]
        allowed = [world for expect, world in possible if expect in met]
        if op.sent.reply in EFFECT_UNKNOWN:
            allowed += [without_effect(world, op.reading, op.sent.key) for world in worlds]
        self._worlds[aggregate] = tuple(dict.fromkeys(allowed)) or worlds
        self._bound(aggregate)
        expected = frozenset(expect for expect, _ in possible)
        self._judged.append(
            JudgedCommand(op.at, op.sent, op.reading, aggregate, expected, bool(allowed)))

    def _bound(self, aggregate: str) -> None:
        """What hardly ever gives a definite reply is not judged for hours, nor out of memory."""
        if len(self._worlds[aggregate]) > MOST_WORLDS:
            raise UndecidedError(
                aggregate,
                f"too many commands without a definite reply, so that more than {MOST_WORLDS} "
                "courses of events are possible")

    def _overlapping(self, aggregate: str, ops: list[_Op]) -> None:
        expected: dict[int, set[Expect]] = {op.at: set() for op in ops}
        worlds = self._linearized(self._of(aggregate), ops, expected, bound=True)
        if not worlds:
            self._contradicted.add(aggregate)
            worlds = self._linearized(self._of(aggregate), ops, expected, bound=False)
        self._worlds[aggregate] = tuple(worlds)
        self._bound(aggregate)
        for op in ops:
            self._judged.append(JudgedCommand(op.at, op.sent, op.reading, aggregate,
                                       frozenset(expected[op.at]), True, overlapped=True))

    def _linearized(
        self, worlds: Iterable[World], ops: list[_Op], expected: dict[int, set[Expect]],
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
        self, world: World, op: _Op, expected: set[Expect], *, bound: bool
    ) -> Iterator[World]:
        for expect, after in possible_outcomes(self._contract, world, op.reading, op.sent.key):
            expected.add(expect)
            if not bound or expect in EXPECTATIONS_MET_BY[op.sent.reply]:
                yield after
        if op.sent.reply in EFFECT_UNKNOWN or may_have_lost_race(op.sent):
            yield without_effect(world, op.reading, op.sent.key)

    def batch(self, record: SentBatch) -> None:
        for body in record.bodies:
            reading = self._contract.read(body)
            if reading.command is not None:
                aggregate = self._contract.aggregate(reading.command)
                possible = self._outcomes(self._of(aggregate), reading, None)
                self._worlds[aggregate] = tuple(dict.fromkeys(world for _, world in possible))
                self._bound(aggregate)

    def query(self, at: int, query: Queried) -> None:
        self._reads.append(Read(at, query, self._of(query.id)))

    def _outcomes(
        self, worlds: Iterable[World], reading: Reading, key: str | None
    ) -> list[tuple[Expect, World]]:
        return [outcome for world in worlds
                for outcome in possible_outcomes(self._contract, world, reading, key)]


def possible_outcomes(
    contract: Contract, world: World, reading: Reading, key: str | None
) -> Iterator[tuple[Expect, World]]:
    """Every reply the contract allows to a command in a world, with the world after it."""
    command = reading.command
    assert command is not None
    text = canonical_text(command)
    seen = dict(world.keys).get(key, "") if key else ""
    if seen:
        yield (Expect.REPEAT if seen == text else Expect.REFUSE_REUSE), world
        return
    noted = any(used == key and other != text for used, other in world.keys_without_effect)
    if reading.acceptance is Acceptance.MAY or seen is None or noted:
        yield Expect.REFUSE, _keyed(world, key, None)
    if isinstance(contract.decide(world.state, command), Accepted):
        yield Expect.ACCEPT, _after(contract, world, command, text, key)
    else:
        yield Expect.REFUSE, _keyed(world, key, None)


def without_effect(world: World, reading: Reading, key: str | None) -> World:
    """The world after a command that failed or lost a race: its key may be noted all the same."""
    if not key or reading.command is None or key in dict(world.keys):
        return world
    used = (key, canonical_text(reading.command))
    return replace(world, keys_without_effect=world.keys_without_effect | {used})


def _after(
    contract: Contract, world: World, command: Command, text: str, key: str | None
) -> World:
    state = contract.evolve(world.state, command)
    after = World((*world.states, state), (*world.effects, text), world.keys)
    return _keyed(after, key, text)


def _keyed(world: World, key: str | None, text: str | None) -> World:
    if not key:
        return world
    return replace(world, keys=(*(k for k in world.keys if k[0] != key), (key, text)),
                   keys_without_effect=frozenset(
                       used for used in world.keys_without_effect if used[0] != key))


def _first(ops: Iterable[_Op], left: frozenset[int]) -> list[_Op]:
    """Those of the commands left that may come first: none of the others ended before."""
    remaining = [op for op in ops if op.at in left]
    earliest = min((op.at for op in remaining), default=0)
    return [op for op in remaining if op.called <= earliest]


def may_have_lost_race(sent: Sent) -> bool:
    """A reply that may mean: lost against an overlapping command (contract, section 3)."""
    return sent.response.status in LOST_RACE_STATUSES


def canonical_text(command: Any) -> str:
    """One text for equal commands."""
    return to_json(plain_numbers(dict(sorted(command.items()))))
