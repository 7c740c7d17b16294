"""Sequences of commands that take an aggregate through its life, and several side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import chain, islice, product, zip_longest
from typing import Any

from harness.core.contract import Contract
from harness.core.json_values import parse_json
from harness.core.scenario import Redeliver, Scenario, Send, Step
from scenarios.generators.commands import (
    accepted_sequences,
    all_accepted,
    boundary_commands,
    is_accepted,
    next_state,
    prefixes_and_bodies,
    repeatable,
    shortest_prefixes,
    simplest_bodies,
    state_after,
    with_members,
    with_tricky_values,
    without_optional_members,
)

LONGEST_SHORT_LIFE = 3
"""The most commands of an aggregate whose events are delivered in every order."""
LONGEST_TWO_LIVES = 4
"""The most commands of an aggregate that ends and begins again."""
LONG_LIFE = 23
"""More events than the twenty that an implementation may consider enough to remember."""
TENTH = 10
"""The event with which a snapshot is kept, say."""
CHAIN = 27
"""More events than the five, ten, twenty or 25 after which a snapshot is kept."""
TURNS = 5
"""How often a life changes its direction at the rules' boundaries."""


def short_lives(contract: Contract, longest: int) -> list[tuple[str, ...]]:
    """Short sequences of accepted commands of which each has other members than its neighbours.

    Otherwise a view could lack one command unnoticed: the middle one has tricky values, and the
    last one only the required members.
    """
    return [told if all_accepted(contract, told) else life
            for life in accepted_sequences(contract, longest)
            for told in [(*life[:1], *(with_tricky_values(contract, body) for body in life[1:-1]),
                          *(without_optional_members(contract, body) for body in life[1:][-1:]))]]


def continued_to_the_end(contract: Contract, life: tuple[str, ...]) -> tuple[str, ...]:
    """A life, continued twice with the boundary commands and those that end the aggregate.

    The first time the last accepted boundary command is used, so that little is left that the
    end may have to wait for.
    """
    endings = [body for prefix, bodies in shortest_prefixes(contract).items() for body in bodies
               if contract.view(state_after(contract, (*prefix, body))) is None]
    for choice in (-1, 0):
        state = state_after(contract, life)
        near = list(boundary_commands(contract, state))
        accepted = [body for body in near if is_accepted(contract, state, body)]
        refused = [body for body in near if body not in accepted]
        life = (*life, *refused, *accepted[choice:][:1], *endings)
    return life


def commands_to_the_end(contract: Contract, life: tuple[str, ...]) -> tuple[str, ...]:
    """The fewest accepted commands that end the aggregate after a life; empty if none do."""
    simple = simplest_bodies(contract)
    near = [(body,) for body in boundary_commands(contract, state_after(contract, life))]
    for way in ((), *near):
        for body in simple:
            after = (*life, *way, body)
            gone = contract.view(state_after(contract, after)) is None
            if gone and all_accepted(contract, after):
                return (*way, body)
    return ()


def second_life(contract: Contract) -> tuple[str, ...]:
    """The shortest life that ends and begins again, with other values; empty where none does."""
    first = simplest_bodies(contract)[0]
    end = commands_to_the_end(contract, (first,))
    for again in (with_tricky_values(contract, first), first):
        life = (first, *end, again)
        if end and all_accepted(contract, life):
            return life
    return ()


def over_the_boundaries(contract: Contract) -> Iterator[tuple[str, ...]]:
    """A life that goes over the rules' boundaries and back, twice, and keeps its view; at most one.

    Whatever a threshold brings, such as a discount, is to go again below it.
    """
    life: tuple[str, ...] = ()
    near: list[str] = []
    turns = 0
    for turn in range(TURNS):
        simple = [body for body in simplest_bodies(contract) if _goes_on(contract, life, body)]
        life = (*life, *(simple[:1] if not near else ()))
        near = list(boundary_commands(contract, state_after(contract, life)))
        turns += bool(near)
        for body in near[:: -1 if turn % 2 else 1]:
            life = (*life, body) if _goes_on(contract, life, body) else life
    if turns and len(life) > LONGEST_SHORT_LIFE:
        yield life


def _goes_on(contract: Contract, life: tuple[str, ...], body: str) -> bool:
    """Tell if the rules accept a command after a life, and leave a view."""
    state = state_after(contract, life)
    return is_accepted(contract, state, body) and (
        contract.view(state_after(contract, (*life, body))) is not None)


def each_needs_the_last(contract: Contract) -> Iterator[tuple[str, ...]]:
    """A long life whose commands the rules mostly refuse without the one before; at most one.

    A state that lacks any one of the events shows then, wherever that is.
    """
    life: tuple[str, ...] = ()
    before, state, needing = contract.initial, contract.initial, 0
    while len(life) < CHAIN:
        going = {body: after for body in _possible(contract, state)
                 for after in [next_state(contract, state, body)] if _possible(contract, after)}
        if not going:
            return
        needed = {body for body in going if life and not is_accepted(contract, before, body)}
        body = max(going, key=lambda each: (
            each in needed, _opens(contract, state, going[each])))
        life, needing = (*life, body), needing + (body in needed)
        before, state = state, going[body]
    if needing >= CHAIN // 3:
        yield life


def _possible(contract: Contract, state: Any) -> list[str]:
    """The simple commands and those at a boundary that the rules accept in a state."""
    bodies = dict.fromkeys((*simplest_bodies(contract), *boundary_commands(contract, state)))
    return [body for body in bodies if is_accepted(contract, state, body)]


def _opens(contract: Contract, state: Any, after: Any) -> bool:
    """Tell if the rules accept a command after a step that they refuse before it."""
    return any(not is_accepted(contract, state, body) for body in _possible(contract, after))


def first_end(contract: Contract, bodies: tuple[str, ...]) -> int | None:
    """The number of commands after which an aggregate has no view for the first time, if any."""
    views = (contract.view(state_after(contract, bodies[:count]))
             for count in range(1, len(bodies) + 1))
    return next((count for count, view in enumerate(views, 1) if view is None), None)


def ends(contract: Contract) -> bool:
    """True if some short life ends."""
    return any(first_end(contract, life) is not None
               for life in accepted_sequences(contract, LONGEST_TWO_LIVES))


def refuses(contract: Contract) -> bool:
    """True if the rules refuse a simple command, or one at a boundary, in some short life."""
    return any(True for life in ((), *accepted_sequences(contract, LONGEST_SHORT_LIFE))
               for _ in refused_commands(contract, life))


def lives_begun_again(contract: Contract) -> Iterator[tuple[str, ...]]:
    """Short lives that begin again after their end, with tricky values the second time."""
    for life in accepted_sequences(contract, LONGEST_TWO_LIVES):
        end = first_end(contract, life)
        if end is not None and end < len(life):
            yield (*life[:end], *(with_tricky_values(contract, body) for body in life[end:]))


def lives_to_the_end(contract: Contract) -> Iterator[tuple[str, ...]]:
    """Repeated commands, and then the commands that end the aggregate."""
    for prefix, body in repeatable(contract):
        life = (*prefix, body)
        yield (*life, *commands_to_the_end(contract, life))


def long_lives(contract: Contract) -> Iterator[tuple[str, ...]]:
    """Long lives of one repeated command, with the greatest numbers or with simple values.

    The first repetition has tricky values and the others only the required members, so that a
    view without the first one differs. Where the rules let no command be repeated, two take turns.
    """
    repeated = tuple(_repeated(contract))
    yield from repeated or _in_turns(contract)


def _repeated(contract: Contract) -> Iterator[tuple[str, ...]]:
    for prefix, bodies in shortest_prefixes(contract).items():
        for body in bodies:
            for each in (with_members(contract, body, _greatest_numbers(contract, body)), body):
                rest = [without_optional_members(contract, each)] * (LONG_LIFE - len(prefix) - 1)
                life = (*prefix, with_tricky_values(contract, body), *rest)
                if all_accepted(contract, life):
                    yield life


def _in_turns(contract: Contract) -> Iterator[tuple[str, ...]]:
    """Long lives of two commands in turn, after one with other values if the rules allow that.

    The commands before them have the greatest numbers, so that there is room for both.
    """
    for prefix, bodies in shortest_prefixes(contract).items():
        roomy = tuple(with_members(contract, body, _greatest_numbers(contract, body))
                      for body in prefix)
        for first in bodies:
            after = state_after(contract, (*prefix, first))
            seconds = dict.fromkeys((*simplest_bodies(contract), *boundary_commands(
                contract, after)))
            lives = ((*start, *(first, second) * LONG_LIFE)[:LONG_LIFE]
                     for second in seconds
                     for start in ((*roomy, _with_other_values(contract, first)), roomy))
            yield from islice((life for life in lives if all_accepted(contract, life)), 1)


def _with_other_values(contract: Contract, body: str) -> str:
    """The command with another tricky value in each member that has one."""
    given = parse_json(body)
    others = {name: [value for value in member.tricky if value != given.get(name)]
              for name, member in contract.types[given["type"]].items()}
    return with_members(contract, body, {name: each[0] for name, each in others.items() if each})


def _greatest_numbers(contract: Contract, body: str) -> dict[str, Any]:
    """The greatest of the tricky values with most digits, for each member that is a number."""
    numbers = {name: [value for value in member.tricky if isinstance(value, int | Decimal)]
               for name, member in contract.types[parse_json(body)["type"]].items()}
    return {name: max(values, key=_number_of_digits) for name, values in numbers.items() if values}


def _number_of_digits(number: int | Decimal) -> tuple[int, int | Decimal]:
    return len(Decimal(number).as_tuple().digits), number


def lives_with_tricky_values(contract: Contract, kind: str) -> Iterator[tuple[str, ...]]:
    """For each row of tricky values a life whose last command has them."""
    members = contract.types[kind]
    columns = [[(name, value) for value in member.tricky] for name, member in members.items()]
    reached = tuple(prefixes_and_bodies(contract, kind))
    for (_, prefix, simplest), row in product(reached, zip_longest(*columns)):
        chosen = dict(cell for cell in row if cell is not None)
        body = with_members(contract, simplest, chosen)
        if all_accepted(contract, (*prefix, body)):
            yield (*prefix, body)


def refused_commands(contract: Contract, before: tuple[str, ...]) -> Iterator[str]:
    """The simple and the boundary commands that the rules refuse after some commands."""
    state = state_after(contract, before)
    bodies = (*simplest_bodies(contract), *boundary_commands(contract, state))
    yield from (body for body in dict.fromkeys(bodies)
                if not all_accepted(contract, (*before, body)))


def side_by_side(lives: list[tuple[str, ...]]) -> Scenario:
    """Several aggregates' lives in one scenario."""
    return Scenario(tuple(chain.from_iterable(on_separate_aggregates(lives))))


def on_separate_aggregates(lives: Iterable[tuple[str, ...]]) -> list[list[Send]]:
    """Each life on a separate aggregate; no id is a prefix of another."""
    return [[Send(body.replace('"~a"', f'"~{number}"')) for body in life]
            for number, life in enumerate(lives, 100)]


def side_by_side_with_keys(lives: list[tuple[Send, ...]]) -> Scenario:
    """Several aggregates' lives in one scenario, of sends that have keys."""
    return Scenario(tuple(
        replace(sent, body=str(sent.body).replace('"~a"', f'"~{number}"'))
        for number, life in enumerate(lives, 100) for sent in life
    ))


def redelivered_backwards(life: tuple[str, ...]) -> list[Step]:
    """Every event of a life redelivered, the latest first."""
    return [Redeliver(number) for number in range(len(life))]
