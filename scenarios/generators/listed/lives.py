"""Listed scenarios of aggregates' lives: tricky values, refusals, ends and new beginnings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import chain, islice, zip_longest

from harness.core.commands import Acceptance
from harness.core.contract import Contract
from harness.core.json_values import parse_json
from harness.core.scenario import (
    ColdStart,
    Concurrently,
    Deliver,
    Query,
    Redeliver,
    Scenario,
    Send,
    Settle,
    Step,
)
from harness.explore.sweep import in_turn
from scenarios.generators.commands import (
    ID,
    accepted_sequences,
    all_accepted,
    boundary_commands,
    creations,
    is_accepted,
    other_values,
    prefixes_and_bodies,
    repeatable,
    simplest_bodies,
    state_after,
    with_keys,
    with_members,
    with_tricky_values,
    without_optional_members,
)
from scenarios.generators.lifetimes import (
    LONG_LIFE,
    LONGEST_SHORT_LIFE,
    LONGEST_TWO_LIVES,
    TENTH,
    commands_to_the_end,
    continued_to_the_end,
    each_needs_the_last,
    first_end,
    lives_with_tricky_values,
    long_lives,
    over_the_boundaries,
    redelivered_backwards,
    refused_commands,
    side_by_side,
)
from scenarios.generators.refusal_reasons import refusals_by_reason, refused_after
from scenarios.generators.value_refusals import refusals_by_value

ENDED_LIVES = 3
"""The number of lives of one aggregate that end before it begins once more."""
VALUES_TOGETHER = 3
"""Tricky values that meet in one aggregate: floats go wrong in sums of two or three."""
PARTS, SUM = (Decimal("0.1"), Decimal("0.2")), Decimal("0.3")
"""Two numbers whose sum, as floats, is more than theirs."""
MOST_TENTHS = 4
"""Lives whose tenth event is another one."""
MOST_DELIVERED = 12
"""Short lives, the shortest first, in which each event is delivered before the next command."""



def tricky_values(contract: Contract) -> tuple[Scenario, ...]:
    """For each command type the values of its members that are often handled wrongly."""
    return tuple(
        side_by_side(prefix_and_bodies)
        for kind in contract.types
        if (prefix_and_bodies := list(lives_with_tricky_values(contract, kind)))
    )


def lives(contract: Contract) -> tuple[Scenario, ...]:
    """For each group of tricky values a life with them, and one that goes on to its end.

    Each is a scenario of its own, because shrinking a sum of all values takes long. The longer
    lives reach the rules' boundaries and are read before they end; one stops just before its end. A
    few of the short ones come before all of the long ones. At last come the types of commands that
    none of them has, a life over the boundaries and back, and one of which each event finds new
    environments: it must not need what an earlier one has kept.
    """
    begun = [(prefix, body, few) for prefix, body in repeatable(contract) for few in _in_groups(
        [life[-1] for life in lives_with_tricky_values(contract, parse_json(body)["type"])]
    ) or [[]]]
    told = [Scenario(tuple(map(Send, (*prefix, *few)))) for prefix, _, few in begun]
    whole = [(*prefix, body, body, *few) for prefix, body, few in begun]
    ended = [Scenario((*map(Send, life), Settle(), Query(ID),
                       *map(Send, continued_to_the_end(contract, life)[len(life):])))
             for life in whole]
    nearly = [each for life in whole[:1]
              for each in _just_before_the_end(contract, life)]
    mixed = chain.from_iterable(zip_longest(ended, told[VALUES_TOGETHER:]))
    found = (*changed_one_by_one(contract), *told[:VALUES_TOGETHER], *nearly[:1],
             *filter(None, mixed), *second_lives(contract))
    short = accepted_sequences(contract, LONGEST_SHORT_LIFE)
    turning = [Scenario(tuple(map(Send, life))) for life in over_the_boundaries(contract)]
    return (*found, *_of_other_types(contract, found), *turning,
            *map(_cold_before_each, short[-1:]))


def reaching_a_sum(contract: Contract) -> Iterator[Scenario]:
    """Lives in which two numbers, one after the other, reach one that came before them.

    Only there a rule compares what floats have added.
    """
    for _, prefix, body in prefixes_and_bodies(contract):
        parts = [_with_numbers(contract, body, part) for part in PARTS]
        life = (*(_with_numbers(contract, each, SUM) for each in prefix), *parts)
        if prefix and parts[0] != parts[1] and all_accepted(contract, life):
            yield Scenario(tuple(map(Send, life)))


def _with_numbers(contract: Contract, body: str, number: Decimal) -> str:
    """The command with that number in each member that takes it."""
    members = contract.types[parse_json(body)["type"]]
    return with_members(contract, body, {name: number for name, member in members.items()
                                         if member.accepts(number) is Acceptance.MUST})


def lives_and_deliveries(contract: Contract) -> tuple[Scenario, ...]:
    """Whole lives, those in which two numbers reach a sum, and short ones that end in a delivery.

    Their events are delivered one by one, the last of them again, or the last before its
    predecessor.
    """
    short = [life for life in accepted_sequences(contract, 3) if len(life) > 1][:MOST_DELIVERED]
    delivered = [tuple(_delivered(life)) for life in short]
    again = [(*steps, Redeliver()) for steps in delivered[:1]]
    early = [(*_delivered(first), *map(Send, last), Deliver(1))
             for first, last in ((life[:-2], life[-2:]) for life in short)]
    return (*lives(contract), *reaching_a_sum(contract),
            *map(Scenario, (*delivered, *again, *early)))


def _delivered(life: tuple[str, ...]) -> Iterator[Step]:
    """The commands, each with the delivery of its event."""
    return (step for body in life for step in (Send(body), Deliver()))


def _of_other_types(contract: Contract, found: tuple[Scenario, ...]) -> Iterator[Scenario]:
    """For each type that no scenario sends a life that ends with it."""
    sent = {parse_json(str(step.body))["type"] for scenario in found for step in scenario.steps
            if isinstance(step, Send)}
    ending = {parse_json(life[-1])["type"]: life
              for life in reversed(accepted_sequences(contract, LONGEST_SHORT_LIFE))}
    yield from (Scenario(tuple(map(Send, ending[kind]))) for kind in contract.types
                if kind not in sent and kind in ending)


def _just_before_the_end(contract: Contract, life: tuple[str, ...]) -> Iterator[Scenario]:
    """A life with the commands at a boundary, but without the one that leaves no view then.

    Its view may show a balance of nothing.
    """
    whole = continued_to_the_end(contract, life)
    for number in range(len(life) + 1, len(whole)):
        before = contract.view(state_after(contract, whole[:number]))
        after = contract.view(state_after(contract, whole[: number + 1]))
        if before is not None and after is None:
            yield Scenario(tuple(map(Send, whole[:number])))


def refusals(contract: Contract) -> tuple[Scenario, ...]:
    """Short lives with every simple and boundary command that the rules refuse on the way.

    After them come lives with greater values, if only these reach a boundary, and longer ones for
    reasons that no other life meets.
    """
    lives = accepted_sequences(contract, LONGEST_SHORT_LIFE)
    tried: set[tuple[str, ...]] = set()
    found: list[Scenario] = []
    for life in (life for life in lives if not any(other[:-1] == life for other in lives)):
        bodies: list[str] = []
        for before in (life[:count] for count in range(len(life) + 1)):
            bodies += before[-1:]
            bodies += refused_commands(contract, before) if before not in tried else ()
            tried.add(before)
        found.append(Scenario(tuple(map(Send, bodies))))
    valued = (*found, *(Scenario(tuple(map(Send, life))) for life in refusals_by_value(contract)))
    return (*valued, *(Scenario(tuple(map(Send, life)))
                       for life in refusals_by_reason(contract, map(_bodies, valued))))


def changed_one_by_one(contract: Contract) -> Iterator[Scenario]:
    """A repeated command with one member changed each time, then with required members only."""
    for prefix, body in repeatable(contract):
        changed = [body]
        for name, member in contract.types[parse_json(body)["type"]].items():
            other = next(other_values(member, parse_json(body).get(name)), None)
            if other is not None:
                changed.append(with_members(contract, changed[-1], {name: other}))
        short = [without_optional_members(contract, each) for each in (*changed, body)]
        life = (*prefix, *changed, *(short if short[0] != body else ()))
        if all_accepted(contract, life):
            yield Scenario(tuple(map(Send, life)))


def second_lives(contract: Contract) -> tuple[Scenario, ...]:
    """Aggregates that begin again after their end, side by side, if the rules allow it.

    The first life has tricky values, the second one only the required members. One aggregate
    begins again several times.
    """
    found: list[tuple[str, ...]] = []
    for sequence in accepted_sequences(contract, LONGEST_TWO_LIVES):
        end = first_end(contract, sequence)
        if end is not None and contract.view(state_after(contract, sequence)) is not None:
            first = (with_tricky_values(contract, body) for body in sequence[:end])
            second = (without_optional_members(contract, body) for body in sequence[end:])
            found.append((*first, *second))
    lives_ = [life for life in found if all_accepted(contract, life)]
    ended = [sequence for sequence in accepted_sequences(contract, LONGEST_SHORT_LIFE)
             if first_end(contract, sequence) == len(sequence)]
    again = [life for short in ended[:1] for life in [(*short * ENDED_LIVES, *short[:-1])]
             if all_accepted(contract, life)]
    return (side_by_side([*lives_, *again]),) if lives_ else ()


def _in_groups(bodies: list[str]) -> list[list[str]]:
    return [bodies[first : first + VALUES_TOGETHER]
            for first in range(0, len(bodies), VALUES_TOGETHER)]


def warm_and_cold(contract: Contract) -> tuple[Scenario, ...]:
    """Commands in environments that handled other commands, errors, or another command's key.

    Other scenarios reveal data that an environment keeps while another environment changes it, or
    after it has changed.
    """
    keyed_one, without_key, later = creations(contract, "~a", "~b", "~c")
    body = str(keyed_one.body)
    spoilt = [with_members(contract, body, {name: None}) for name in parse_json(body)]
    wrong = map(Send, ("{", "[]", *spoilt, body))
    lives = [life for life in accepted_sequences(contract, LONGEST_SHORT_LIFE)
             if len(life) == LONGEST_SHORT_LIFE]
    return (Scenario((replace(keyed_one, key="k"), without_key, *wrong, later)),
            *in_turn([_in_two_environments(contract), map(_read_after_each_command, lives[::-1]),
                      iter([Scenario((ColdStart(), without_key, ColdStart(), later))])]))


def _cold_before_each(life: tuple[str, ...]) -> Scenario:
    """A life of which each event finds new environments."""
    return Scenario(tuple(step for body in life for step in (ColdStart(), Send(body))))


def _read_after_each_command(life: tuple[str, ...]) -> Scenario:
    reads = (Query(ID), Query(ID))
    after = (step for body in life for step in (Send(body), Settle(), *reads))
    return Scenario((*reads, *after))


def _in_two_environments(contract: Contract) -> Iterator[Scenario]:
    """Accepted commands of which each of two environments handles every second one.

    The longest come first: the shorter ones are their beginnings.
    """
    apart = tuple((Send(simplest_bodies(contract, id)[0]),) for id in ("~x", "~y"))
    for sequence in reversed(accepted_sequences(contract, 3)):
        yield Scenario((Concurrently(apart, (0,)), *with_keys(sequence)))


def long_histories(contract: Contract) -> tuple[Scenario, ...]:
    """A life of eleven events, three of more than twenty, and some of ten.

    Events 10 and 11, which a text would sort before event 9, are projected after it, and refused
    commands follow. Or the latest event is delivered right after the first, and the two oldest are
    redelivered at the end. Or the aggregate ends, is read, begins again if the rules allow it and
    ends, and its oldest event is redelivered. Or each command needs the one before. The tenth event
    of the others is any that may come there, and refused commands follow: what is kept with it has
    to hold it, too. So it has what the other refusals rest on, which may be in no view.
    """
    found = list(long_lives(contract))
    caught_up = (Scenario((*map(Send, life), Deliver(), Deliver(LONG_LIFE - 2), Settle(),
                           *redelivered_backwards(life)[-2:])) for life in found[:1])
    ending = [life for life in found if commands_to_the_end(contract, life)]
    growing = (Scenario((*map(Send, life[:9]), Settle(), Send(life[9]), Settle(), Send(life[10]),
                         *map(Send, refused_commands(contract, life))))
               for plain in found[1:2]
               for life in [(*plain[:10], with_tricky_values(contract, plain[10]))]
               if all_accepted(contract, life))
    needing = (Scenario(tuple(map(Send, (*life, *refused_commands(contract, life)))))
               for life in each_needs_the_last(contract))
    listed = (*growing, *caught_up, *(_long_life_that_ends(contract, life) for life in ending[:1]),
              *needing, *islice(_ending_with_the_tenth(contract), MOST_TENTHS))
    return (*listed, *(Scenario(tuple(map(Send, life))) for life in refused_after(
        contract, TENTH, map(_bodies, listed))))


def _bodies(scenario: Scenario) -> tuple[str, ...]:
    """The commands of a scenario about one aggregate."""
    return tuple(str(step.body) for step in scenario.steps if isinstance(step, Send))


def _ending_with_the_tenth(contract: Contract) -> Iterator[Scenario]:
    """Lives whose tenth command is another than the nine before, and commands refused after it."""
    for prefix, repeated in repeatable(contract):
        before = (*prefix, *[repeated] * (TENTH - 1 - len(prefix)))
        state = state_after(contract, before)
        for body in (*simplest_bodies(contract), *boundary_commands(contract, state)):
            refused = tuple(refused_commands(contract, (*before, body)))
            if body != repeated and is_accepted(contract, state, body) and refused:
                yield Scenario((*map(Send, (*before, body)), *map(Send, refused)))


def _long_life_that_ends(contract: Contract, life: tuple[str, ...]) -> Scenario:
    anew = (simplest_bodies(contract)[0],)
    whole = (*life, *commands_to_the_end(contract, life))
    once_more = (*anew, *commands_to_the_end(contract, anew))
    more = once_more if all_accepted(contract, (*whole, *once_more)) else anew
    return Scenario((*map(Send, whole), Settle(), Query(ID), *map(Send, more), Settle(),
                     Redeliver(LONG_LIFE - 1)))
