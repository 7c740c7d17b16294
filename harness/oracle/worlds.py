"""The oracle: what acknowledged, refused and indefinite replies allow to have happened.

Per aggregate there is a set of possible worlds. A definite reply narrows it, an indefinite
one splits it. Nothing here looks at stored or published events: an event stored twice would
agree with itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from harness.core.commands import Acceptance, Accepted, Command, Reading
from harness.core.contract import Contract
from harness.core.history import Reply, Sent
from harness.core.json_values import plain_numbers, to_json
from harness.core.ledger import Expect, World

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


def may_have_lost_race(sent: Sent) -> bool:
    """A reply that may mean: lost against an overlapping command (contract, section 3)."""
    return sent.response.status in LOST_RACE_STATUSES


def canonical_text(command: Any) -> str:
    """One text for equal commands."""
    return to_json(plain_numbers(dict(sorted(command.items()))))
