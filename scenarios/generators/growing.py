"""Lives of an aggregate that go on, each command with values that the rules accept by then.

Some rules never accept one command three times: a seat is booked once, a reading exceeds the one
before. There a life grows by commands that follow from the state.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import chain
from typing import Any

from harness.core.contract import Contract, Member
from harness.core.json_values import parse_json
from scenarios.generators.commands import (
    boundary_commands,
    is_accepted,
    simplest_bodies,
    state_after,
    strategy_values,
    with_members,
)


def growing_life(contract: Contract, longest: int) -> tuple[str, ...]:
    """Accepted commands, up to a number, of which as many as possible keep the aggregate going."""
    life: tuple[str, ...] = ()
    while len(life) < longest and (body := _next_command(contract, life)) is not None:
        life = (*life, body)
    return life


def _next_command(contract: Contract, life: tuple[str, ...]) -> str | None:
    """The first accepted command that leaves a view; if there is none, the first accepted one."""
    state = state_after(contract, life)
    accepted = [body for body in _candidates(contract, state)
                if is_accepted(contract, state, body)]
    shown = (body for body in accepted
             if contract.view(state_after(contract, (*life, body))) is not None)
    return next(chain(shown, accepted), None)


def _candidates(contract: Contract, state: Any) -> Iterator[str]:
    """The simplest commands, those at a boundary, and those with another value of a member."""
    bodies = simplest_bodies(contract)
    yield from bodies
    yield from boundary_commands(contract, state)
    for body in bodies:
        for name, member in contract.types[parse_json(body)["type"]].items():
            yield from (with_members(contract, body, {name: value}) for value in _values(member))


def _values(member: Member) -> list[Any]:
    """Some valid values of a member; numbers grow, so that many exceed the one before."""
    values = strategy_values(member.valid)
    if all(isinstance(value, int | Decimal) for value in values):
        return sorted(values)
    return list(values)
