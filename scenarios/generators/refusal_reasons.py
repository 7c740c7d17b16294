"""Refusals for each reason that the rules of a contract give, at the end of lives that grow.

Simple lives are short and have the least values, so that some rules never turn in them: one that
counts, such as two withdrawals in a row, needs deposits that pay for them. Here one command comes
some times, and then another one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import islice, product
from typing import Any

from harness.core.commands import Refused
from harness.core.contract import Contract
from harness.core.json_values import parse_json
from scenarios.generators.commands import (
    all_accepted,
    boundary_commands,
    decision,
    is_accepted,
    next_state,
    repeatable,
    shortest_prefixes,
    simplest_bodies,
    state_after,
)

MOST_OF_ONE = 10
"""How often one command comes in a row: more often than most rules count to."""
MOST_REASONS = 3
"""Reasons that get a life of their own; those that name values have no end."""
VALUES = re.compile(r"\d[\d.,]*|'[^']*'|\"[^\"]*\"")

Life = tuple[str, ...]
Reason = tuple[str, str]
"""The type of a command, and why it is refused, without the values that the text may name."""


def refusals_by_reason(contract: Contract, known: Iterable[Life]) -> list[Life]:
    """For each reason that no known life meets the shortest one that ends with its refusal."""
    return list(islice(_unmet(contract, known), MOST_REASONS))


def refused_after(contract: Contract, length: int, known: Iterable[Life]) -> Iterator[Life]:
    """The same, of so many accepted commands that leave a view, and the refused one.

    A snapshot that is kept with the last of them has to hold the reason for the refusal.
    """
    found = (longer for *accepted, refused in _unmet(contract, known)
             if contract.view(state_after(contract, tuple(accepted))) is not None
             for longer in _grown(contract, tuple(accepted), refused, length))
    return islice(found, MOST_REASONS)


def _unmet(contract: Contract, known: Iterable[Life]) -> Iterator[Life]:
    met = reasons_met(contract, known)
    return (life for reason, life in _by_reason(contract).items() if reason not in met)


def reasons_met(contract: Contract, lives: Iterable[Life]) -> set[Reason]:
    """The reasons for which the rules refuse commands of some lives."""
    return {reason for life in lives for place, body in enumerate(life)
            if (reason := _reason(contract, state_after(contract, life[:place]), body))}


def _grown(contract: Contract, life: Life, refused: str, length: int) -> Iterator[Life]:
    """The life with a repeated command in it, and the same refusal at its end; at most one."""
    reason = _reason(contract, state_after(contract, life), refused)
    for prefix, body in repeatable(contract):
        for place in range(len(prefix), len(life) + 1):
            longer = (*life[:place], *[body] * (length - len(life)), *life[place:])
            if all_accepted(contract, longer) and (
                    _reason(contract, state_after(contract, longer), refused) == reason):
                yield (*longer, refused)
                return


def _reason(contract: Contract, state: Any, body: str) -> Reason | None:
    """Why the rules refuse a command in a state; None if they accept it."""
    decided = decision(contract, state, body)
    if not isinstance(decided, Refused):
        return None
    return parse_json(body)["type"], VALUES.sub("", decided.reason)


@cache
def _by_reason(contract: Contract) -> dict[Reason, Life]:
    """For each reason the shortest of the lives that grow, with a command refused for it."""
    found: dict[Reason, Life] = {}
    for state, life in sorted(_growing(contract).items(), key=lambda each: len(each[1])):
        for body in (*simplest_bodies(contract), *boundary_commands(contract, state)):
            reason = _reason(contract, state, body)
            if reason is not None:
                found.setdefault(reason, (*life, body))
    return found


def _growing(contract: Contract) -> dict[Any, Life]:
    """The states of lives that grow: what a command needs, that one some times, then another."""
    begun = {state_after(contract, prefix): prefix for prefix in shortest_prefixes(contract)}
    once = begun | _grown_from(contract, begun)
    return _grown_from(contract, once) | once


def _grown_from(contract: Contract, lives: dict[Any, Life]) -> dict[Any, Life]:
    """The states after one of the lives and one command, which comes up to so many times."""
    found: dict[Any, Life] = {}
    for first, body in product(lives.items(), simplest_bodies(contract)):
        state, life = first
        for _ in range(MOST_OF_ONE):
            if not is_accepted(contract, state, body):
                break
            state, life = next_state(contract, state, body), (*life, body)
            if state in lives:
                break
            if state not in found or len(life) < len(found[state]):
                found[state] = life
    return found
