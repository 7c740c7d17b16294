"""Too many possible worlds: the search goes on with those that the event store makes likely.

The store only orders the search. A world that is kept has to explain what clients saw, as any
other; where none that is kept does, nothing is known (``Ledger.narrowed``).
"""

from __future__ import annotations

from collections import defaultdict
from itertools import zip_longest

from harness.core.contract import Contract
from harness.core.errors import UndecidedError
from harness.core.history import History
from harness.core.ledger import Ledger, World
from harness.core.repetition import canonical_text
from harness.core.violation import Kind, Violation
from harness.oracle.stored_events import StoredEvent, numbered, own_members, stored_events

KEPT = 500
"""Worlds of one aggregate that are kept."""
TOLD_BY_A_REPLY = frozenset({
    Kind.TURNED_AWAY, Kind.VALID_FAILED, Kind.REPEAT_FAILED, Kind.REFUSAL_FAILED,
    Kind.REUSE_FAILED, Kind.INVALID_FAILED, Kind.NOT_AN_OBJECT, Kind.INVALID_STATUS,
})
"""Kinds that a single reply shows, whatever has happened before."""


def stored_effects(contract: Contract, history: History) -> dict[str, tuple[str, ...]]:
    """The stored events of each aggregate as effects, in the order of their versions."""
    found: dict[str, list[str]] = defaultdict(list)
    for event in numbered(stored_events(contract, history)):
        found[event.aggregate].append(command_text(contract, event))
    return {aggregate: tuple(texts) for aggregate, texts in found.items()}


def command_text(contract: Contract, event: StoredEvent) -> str:
    """The members of an event that the contract names, as an effect is written."""
    return canonical_text(own_members(contract, event))


def narrowed(worlds: tuple[World, ...], stored: tuple[str, ...]) -> tuple[World, ...]:
    """The worlds whose effects are most like the beginning of what is stored."""
    return tuple(sorted(worlds, key=lambda world: _unlike(world.effects, stored))[:KEPT])


def _unlike(effects: tuple[str, ...], stored: tuple[str, ...]) -> int:
    """The number of effects that are not stored in their place; those to come do not count."""
    return sum(one != other for one, other in zip_longest(effects, stored[: len(effects)]))


def known_violations(ledger: Ledger, found: list[Violation]) -> list[Violation]:
    """The violations that show in every world, also in those that were not looked at.

    Raises:
        UndecidedError: there are others only.
    """
    known = [violation for violation in found
             if violation.aggregate not in ledger.narrowed or violation.kind in TOLD_BY_A_REPLY]
    if found and not known:
        raise UndecidedError(
            str(found[0].aggregate), "so many commands have no definite reply that not every "
            "course of events could be looked at, and none of the likely ones explains it all")
    return known
