"""Refusals that hang on a value: a command is refused, and with another value it is accepted.

Simple lives have the least values everywhere, so that some rules never turn in them: a reading that
is less than the last one needs a last one that is not the least.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.core.contract import Contract
from harness.core.json_values import parse_json
from scenarios.generators.commands import (
    accepted_sequences,
    all_accepted,
    boundary_commands,
    is_accepted,
    simplest_bodies,
    state_after,
    with_members,
)

LONGEST_LIFE = 2
"""The most commands before one that is refused for its value."""
ROWS = 4
"""How many of each member's tricky values are tried."""

Life = tuple[str, ...]


def refusals_by_value(contract: Contract) -> Iterator[Life]:
    """For each command type that simple lives never refuse for a value, a life that does."""
    lives = accepted_sequences(contract, LONGEST_LIFE)
    known = {kind for life in lives for kind in _refused(contract, life)}
    greater = (told for life in lives for told in _with_other_values(contract, life))
    for life in greater:
        for kind, body in _refused(contract, life).items():
            if kind not in known:
                known.add(kind)
                yield (*life, body)


def _with_other_values(contract: Contract, life: Life) -> Iterator[Life]:
    """A life with each row of tricky values in all its commands, where the rules accept it."""
    for row in range(ROWS):
        told = tuple(with_members(contract, body, _row(contract, body, row)) for body in life)
        if all_accepted(contract, told):
            yield told


def _row(contract: Contract, body: str, row: int) -> dict[str, Any]:
    members = contract.types[parse_json(body)["type"]]
    return {name: member.tricky[row] for name, member in members.items()
            if row < len(member.tricky)}


def _refused(contract: Contract, life: Life) -> dict[str, str]:
    """For each type that the rules accept with one value and refuse with another: one refused."""
    state = state_after(contract, life)
    accepted: set[str] = set()
    refused: dict[str, str] = {}
    simple = simplest_bodies(contract)
    others = (with_members(contract, body, _row(contract, body, row))
              for body in simple for row in range(ROWS))
    for body in (*simple, *boundary_commands(contract, state), *others):
        kind = parse_json(body)["type"]
        if is_accepted(contract, state, body):
            accepted.add(kind)
        else:
            refused.setdefault(kind, body)
    return {kind: body for kind, body in refused.items() if kind in accepted}
