"""The oracle: what acknowledged, refused and indefinite replies allow to have happened.

Per aggregate there is a set of possible worlds. A definite reply narrows it, an indefinite
one splits it. Nothing here looks at stored or published events: an event stored twice would
agree with itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from harness.contract import Acceptance, Accepted, Command, Contract, Reading, State, View, to_json
from harness.history import History, Queried, Reply, Sent, SentBatch


class Expect(StrEnum):
    """What the contract asks of a reply in one world."""

    ACCEPT = "accept"
    REPEAT = "repeat the first reply"
    REFUSE = "refuse"
    REUSE = "refuse the reused key"
    INVALID = "refuse as invalid"


GRANTING = frozenset({Expect.ACCEPT, Expect.REPEAT})
SETTLES = {
    Reply.ACCEPTED: GRANTING,
    Reply.REFUSED: frozenset({Expect.REFUSE, Expect.REUSE, Expect.INVALID}),
    Reply.QUEUED: frozenset(Expect),
    Reply.INDEFINITE: frozenset(Expect),
}
"""The expectations that each reply agrees with."""


@dataclass(frozen=True, slots=True)
class World:
    """One possible past of an aggregate: its effects in order, and the state after each.

    ``keys`` are Idempotency-Keys with the command they took effect with (None: refused).
    """

    states: tuple[State, ...]
    effects: tuple[str, ...] = ()
    keys: tuple[tuple[str, str | None], ...] = ()

    @property
    def state(self) -> State:
        """The state after everything that happened."""
        return self.states[-1]


@dataclass(frozen=True, slots=True)
class Judged:
    """A command that was sent: how the contract reads it, and what was expected of the reply.

    ``at`` is the record's place in the history. ``agrees``: some world allows the reply.
    """

    at: int
    sent: Sent
    reading: Reading
    aggregate: str | None
    expected: frozenset[Expect]
    agrees: bool


@dataclass(frozen=True, slots=True)
class Read:
    """A query, and the worlds of its aggregate at that time."""

    at: int
    query: Queried
    worlds: tuple[World, ...]


@dataclass(frozen=True, slots=True)
class Ledger:
    """A history as the contract sees it."""

    judged: tuple[Judged, ...]
    reads: tuple[Read, ...]
    worlds: dict[str, tuple[World, ...]]

    def views(self, contract: Contract, aggregate: str) -> list[View]:
        """The views that may be right in the end; one, unless replies were indefinite."""
        worlds = self.worlds.get(aggregate) or (initial_world(contract),)
        return distinct(contract.view(world.state) for world in worlds)


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


def prefix_views(contract: Contract, worlds: Iterable[World]) -> list[View]:
    """The views of every prefix of what may have happened."""
    return distinct(contract.view(state) for world in worlds for state in world.states)


def keep_books(contract: Contract, history: History) -> Ledger:
    """Work through a history, one client at a time, in the order of the records."""
    books = _Books(contract)
    for at, record in enumerate(history.records):
        if isinstance(record, Sent):
            books.send(at, record)
        elif isinstance(record, SentBatch):
            books.batch(record)
        elif isinstance(record, Queried):
            books.query(at, record)
    return Ledger(tuple(books.judged), tuple(books.reads), books.worlds)


class _Books:
    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self.worlds: dict[str, tuple[World, ...]] = {}
        self.judged: list[Judged] = []
        self.reads: list[Read] = []

    def _of(self, aggregate: str) -> tuple[World, ...]:
        return self.worlds.get(aggregate) or (initial_world(self._contract),)

    def send(self, at: int, sent: Sent) -> None:
        reading = self._contract.read(sent.body)
        if reading.command is None:
            agrees = sent.reply is not Reply.ACCEPTED
            self.judged.append(
                Judged(at, sent, reading, None, frozenset({Expect.INVALID}), agrees)
            )
            return
        aggregate = self._contract.aggregate(reading.command)
        outcomes = self._outcomes(self._of(aggregate), reading, sent.key)
        allowed = [world for expect, world in outcomes if expect in SETTLES[sent.reply]]
        if sent.reply is Reply.INDEFINITE:
            allowed += self._of(aggregate)
        self.worlds[aggregate] = tuple(dict.fromkeys(allowed)) or self._of(aggregate)
        expected = frozenset(expect for expect, _ in outcomes)
        self.judged.append(Judged(at, sent, reading, aggregate, expected, bool(allowed)))

    def batch(self, record: SentBatch) -> None:
        for body in record.bodies:
            reading = self._contract.read(body)
            if reading.command is not None:
                aggregate = self._contract.aggregate(reading.command)
                outcomes = self._outcomes(self._of(aggregate), reading, None)
                self.worlds[aggregate] = tuple(dict.fromkeys(world for _, world in outcomes))

    def query(self, at: int, query: Queried) -> None:
        self.reads.append(Read(at, query, self._of(query.id)))

    def _outcomes(
        self, worlds: Iterable[World], reading: Reading, key: str | None
    ) -> list[tuple[Expect, World]]:
        return [outcome for world in worlds for outcome in self._step(world, reading, key)]

    def _step(
        self, world: World, reading: Reading, key: str | None
    ) -> Iterator[tuple[Expect, World]]:
        """Every reply the contract allows in a world, with the world after it."""
        command = reading.command
        assert command is not None
        text = canonical(command)
        seen = dict(world.keys).get(key, "") if key else ""
        if seen:
            yield (Expect.REPEAT if seen == text else Expect.REUSE), world
            return
        if reading.acceptance is Acceptance.MAY or seen is None:
            yield Expect.REFUSE, world
        if isinstance(self._contract.decide(world.state, command), Accepted):
            yield Expect.ACCEPT, self._after(world, command, text, key)
        else:
            yield Expect.REFUSE, _keyed(world, key, None)

    def _after(self, world: World, command: Command, text: str, key: str | None) -> World:
        state = self._contract.evolve(world.state, command)
        after = World((*world.states, state), (*world.effects, text), world.keys)
        return _keyed(after, key, text)


def _keyed(world: World, key: str | None, text: str | None) -> World:
    if not key:
        return world
    return replace(world, keys=(*(k for k in world.keys if k[0] != key), (key, text)))


def canonical(command: Any) -> str:
    """One text for equal commands."""
    return to_json(dict(sorted(command.items())))
