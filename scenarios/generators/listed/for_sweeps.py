"""Short scenarios from which sweeps derive crashes, failing AWS calls and interleavings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, combinations_with_replacement, cycle, islice
from typing import Any

from harness.core.commands import Acceptance
from harness.core.contract import Contract
from harness.core.json_values import parse_json
from harness.core.scenario import (
    Concurrently,
    Deliver,
    Query,
    Redeliver,
    Scenario,
    Send,
    Settle,
    Step,
)
from scenarios.generators.commands import (
    ID,
    accepted_sequences,
    all_accepted,
    is_accepted,
    next_state,
    other_values,
    repeatable,
    shortest_prefixes,
    simplest_bodies,
    state_after,
    with_keys,
    with_members,
    with_tricky_values,
)
from scenarios.generators.growing import growing_life
from scenarios.generators.lifetimes import second_life, short_lives

LONG_LIVES = (28, 103)
"""The number of commands in long lives: more than a page of 25 has, and beyond version 100."""
MOST_RIVALS = 2
"""Pairs of commands of one type that race each other."""
LOST_RACES = 3
"""Races that a command loses in a row: few enough for a function whose back-off grows."""
MORE_THAN_A_PAGE = 12
"""More events than a page of ten, for views that are read page by page."""
RACES_BEFORE_LONGEST = 3
"""The number of races before the longest one."""


def command_sequences(contract: Contract, longest: int = 2) -> tuple[Scenario, ...]:
    """Accepted commands with keys, one after another: every sequence up to a length."""
    return tuple(Scenario(with_keys(s)) for s in accepted_sequences(contract, longest))


def crashed_sequences(contract: Contract) -> tuple[Scenario, ...]:
    """The command sequences, and a life that begins again after its end."""
    return (*command_sequences(contract), *_second_life(contract))


def _second_life(contract: Contract) -> tuple[Scenario, ...]:
    life = second_life(contract)
    return (Scenario(with_keys(life)),) if life else ()


def first_commands(contract: Contract) -> tuple[Scenario, ...]:
    """The shortest of the command sequences."""
    return command_sequences(contract, 1)[:1]


def last_command_sequences(contract: Contract) -> tuple[Scenario, ...]:
    """The last of the command sequences."""
    return command_sequences(contract)[-1:]


def projected_sequences(contract: Contract) -> tuple[Scenario, ...]:
    """The crashed sequences, and others in which an event is delivered before its predecessor.

    The predecessor is the first event of an aggregate, or a later one.
    """
    in_order = crashed_sequences(contract)
    two = (base.steps for base in in_order if len(base.steps) == 2)
    three = (with_keys(life) for life in short_lives(contract, 3) if len(life) == 3)
    return (*in_order, *(Scenario((*steps, Deliver(1))) for steps in islice(two, 1)),
            *(Scenario((first, Deliver(), *others, Deliver(1)))
              for first, *others in islice(three, 1)))


def concurrent_commands(contract: Contract) -> tuple[Scenario, ...]:
    """Two simultaneous commands of any types, of which the rules accept one for the first time.

    Others begin an aggregate again after its end, or are the first commands of two aggregates; a
    refused command twice with its key, for which most designs write nothing; two different
    commands with one key; and a command that loses several races in a row. Rivals are
    accepted in one order only.
    """
    apart = tuple((Send(simplest_bodies(contract, id)[0]),) for id in ("~a", "~b"))
    together = overlapping_pairs(contract)
    return (*together[:1], *_rivals(contract),
            *_second_beginnings(contract), *_refusal_sent_twice(contract),
            *together[1:RACES_BEFORE_LONGEST],
            *_reused_keys(contract), *_losing_every_race(contract),
            *together[RACES_BEFORE_LONGEST:], Scenario((Concurrently(apart),)))


def overlapping_pairs(contract: Contract) -> tuple[Scenario, ...]:
    """Two simultaneous commands on one aggregate, of which the rules accept one for the first time.

    One command twice with its key is a retry beside the original.
    """
    return tuple(
        Scenario((*with_keys(prefix), Concurrently(((one,), (other,)))))
        for prefix, bodies in shortest_prefixes(contract).items()
        for one, other in _pairs(contract, bodies)
    )


def _rivals(contract: Contract) -> Iterator[Scenario]:
    """Two simultaneous commands of one type that the rules accept in one order only.

    Such as a status that leads on, and one that ends it all: their values tell them apart.
    """
    found = ((prefix, pair) for prefix, bodies in shortest_prefixes(contract).items()
             for body in bodies
             for pair in combinations(_variants(contract, prefix, body), 2)
             if _in_one_order(contract, state_after(contract, prefix), *pair))
    for prefix, (one, other) in islice(found, MOST_RIVALS):
        branches = (Send(one, key="one"),), (Send(other, key="two"),)
        yield Scenario((*with_keys(prefix), Concurrently(branches)))


def _variants(contract: Contract, prefix: tuple[str, ...], body: str) -> list[str]:
    """A command with each plain value of a member that the rules accept after others."""
    document, state = parse_json(body), state_after(contract, prefix)
    members = contract.types[document["type"]]
    found = (with_members(contract, body, {name: value}) for name, member in members.items()
             for value in member.tricky if member.accepts(value) is Acceptance.MUST)
    return [each for each in dict.fromkeys(found) if is_accepted(contract, state, each)]


def _in_one_order(contract: Contract, state: Any, one: str, other: str) -> bool:
    after_one, after_other = (next_state(contract, state, body) for body in (one, other))
    return state not in (after_one, after_other) and (
        is_accepted(contract, after_one, other) != is_accepted(contract, after_other, one))


def _second_beginnings(contract: Contract) -> Iterator[Scenario]:
    """Two simultaneous commands that begin an aggregate again after its end."""
    for base in _second_life(contract):
        *before, again = base.steps
        assert isinstance(again, Send)
        yield Scenario((*before, Concurrently(((again,), (replace(again, key="other"),)))))


def overlapping_repeatable(contract: Contract) -> tuple[Scenario, ...]:
    """Two simultaneous commands of which the rules accept both, whichever comes first.

    Then a retry beside its original, also with a third command; and the first two commands of an
    aggregate.
    """
    found: list[Scenario] = []
    for prefix, body in repeatable(contract):
        one, other = Send(body, key="one"), Send(with_tricky_values(contract, body), key="two")
        for branches in (((one,), (other,)), ((one,), (one,))):
            found.append(Scenario((*with_keys(prefix), Concurrently(branches))))
    return (*found, *overlapping_pairs(contract)[:1], *_rivals(contract))


def three_in_a_row(contract: Contract) -> tuple[Scenario, ...]:
    """Three commands with keys that the rules accept again and again, each with other values."""
    found = ((*prefix, body, with_tricky_values(contract, body),
              with_tricky_values(contract, body, -1)) for prefix, body in repeatable(contract))
    return tuple(Scenario(with_keys(life)) for life in found if all_accepted(contract, life))


def _changed(contract: Contract, body: str) -> str:
    """The command with another plain value of each member, such as one in another letter case."""
    document = parse_json(body)
    members = contract.types[document["type"]]
    return with_members(contract, body, {
        name: other for name, member in members.items()
        for other in islice(other_values(member, document.get(name)), 1)})


def long_lives(contract: Contract) -> tuple[Scenario, ...]:
    """Lives of one repeated command with keys, of which some come again in the end.

    They go beyond the pages and the intervals that implementations choose: 10, 20, 25, 50, 100.
    Neighbours have other values, and the last command has values of its own: a view shows it if
    version 99 comes after version 100, or one chunk of events after another.
    Where the rules accept no command again and again, each command follows from the state.
    """
    repeated = tuple(
        Scenario((*sent, *(sent[place] for place in (len(prefix), length // 2, -2))))
        for prefix, body in repeatable(contract) for length in LONG_LIVES
        for sent in [with_keys(_of_other_values(contract, prefix, body, length))])
    return repeated or tuple(_grown(contract))


def _of_other_values(
    contract: Contract, prefix: tuple[str, ...], body: str, length: int
) -> tuple[str, ...]:
    """A command repeated up to a length, three values in turn and the last with a fourth.

    All are the same where the rules refuse other values.
    """
    others = (_changed(contract, body), with_tricky_values(contract, body, -1))
    turning = islice(cycle((body, *others)), length - len(prefix) - 1)
    last = with_tricky_values(contract, body, -2)
    life = (*prefix, *turning, last)
    same = (*prefix, *[body] * (length - len(prefix)))
    return life if all_accepted(contract, life) else same


def _grown(contract: Contract) -> Iterator[Scenario]:
    """A life that follows from the state, as long as the shorter one of the others."""
    sent = with_keys(growing_life(contract, LONG_LIVES[0]))
    if len(sent) > 1:
        yield Scenario((*sent, sent[1], sent[len(sent) // 2]))


def _losing_every_race(contract: Contract) -> Iterator[Scenario]:
    """A command and several competing ones at the same time."""
    for prefix, body in repeatable(contract):
        branches = tuple((Send(body),) for _ in range(1 + LOST_RACES))
        yield Scenario((*with_keys(prefix), Concurrently(branches)))


def _refusal_sent_twice(contract: Contract) -> Iterator[Scenario]:
    """A refused command, twice at the same time with its key."""
    possible = shortest_prefixes(contract)[()]
    refused = [body for body in simplest_bodies(contract) if body not in possible]
    return (_with_one_key(body, body) for body in refused[:1])


def _reused_keys(contract: Contract) -> Iterator[Scenario]:
    """Two different commands with one key at the same time."""
    return (_with_one_key(body, with_tricky_values(contract, body))
            for body in shortest_prefixes(contract)[()])


def _with_one_key(one: str, other: str) -> Scenario:
    return Scenario((Concurrently(((Send(one, key="one"),), (Send(other, key="one"),))),))


def _pairs(contract: Contract, possible: list[str]) -> Iterator[tuple[Send, Send]]:
    """Two commands of which the rules accept one now; also the same one twice with its key."""
    bodies = simplest_bodies(contract)
    for one, other in combinations_with_replacement(bodies, 2):
        if one in possible or other in possible:
            yield Send(one, key="one"), Send(other, key="two")
    for body in possible:
        yield Send(body, key="one"), Send(body, key="one")


def concurrent_deliveries(contract: Contract) -> tuple[Scenario, ...]:
    """Two simultaneous events of one aggregate: the first two, an old and a new one, later ones.

    Others are an event that is delivered while its command is under way, which may tell of it
    before it is stored; the same event twice; an event, the second or a later one, that is stored
    after the delivery of the one before has begun; the newest of several events, which all the
    others overtake; an event that its repetition and the next one overtake; and the first event of
    a second life beside the first one of all.
    """
    same = Concurrently(((Deliver(),), (Redeliver(),)))
    both = Concurrently(((Deliver(),), (Deliver(),)))
    old = Concurrently(((Redeliver(),), (Deliver(),)))
    sequences = list(accepted_sequences(contract, 3))
    pairs = [with_keys(s) for s in sequences if len(s) == 2]
    triples = [with_keys(s) for s in sequences if len(s) == 3]
    newest = Concurrently(((Deliver(LOST_RACES),), *[(Deliver(),)] * LOST_RACES))
    return (
        *(Scenario((*pair, both)) for pair in pairs),
        *(Scenario((first, Deliver(), Concurrently(((second,), (Deliver(),)))))
          for first, second in pairs[:1]),
        *(Scenario((first, Deliver(), second, same)) for first, second in pairs),
        *_stored_after_a_beginning(contract),
        *(Scenario((first, Concurrently(((Deliver(),), (second, Deliver())))))
          for first, second in pairs),
        *(Scenario((first, Deliver(), second, old)) for first, second in pairs),
        *(Scenario((first, Deliver(), *later, both)) for first, *later in triples),
        *(Scenario((*with_keys((*prefix, *[body] * LOST_RACES, with_tricky_values(contract, body))),
                    *[Deliver()] * len(prefix), newest))
          for prefix, body in repeatable(contract)),
        *_overtaken_by_a_repetition(contract),
        *_old_beside_second_life(contract),
    )


def _stored_after_a_beginning(contract: Contract) -> Iterator[Scenario]:
    """An event that is stored while the one before is projected; a view may have entries of both.

    A projection that reads the store may then write over an entry that it has not found there.
    """
    for prefix, body in repeatable(contract):
        *begun, sent, last = with_keys((*prefix, body, with_tricky_values(contract, body)))
        delivered = [step for each in begun for step in (each, Deliver())]
        both = (Deliver(), Deliver())  # some publish the event before the latest again
        yield Scenario((*delivered, sent, Concurrently((both, (last, *both)))))


def _overtaken_by_a_repetition(contract: Contract) -> Iterator[Scenario]:
    """An event, the first or a later one, which itself and the next one overtake.

    A projection that refuses early events, and writes without a condition, goes wrong only here.
    """
    overtaken = Concurrently(((Deliver(),), (Redeliver(), Deliver())))
    for prefix, body in repeatable(contract):
        sent = with_keys((*prefix, body, with_tricky_values(contract, body)))
        yield Scenario((*sent[:2], overtaken))
        yield Scenario((*sent, *[Deliver()] * len(prefix), overtaken))


def _old_beside_second_life(contract: Contract) -> Iterator[Scenario]:
    """The first event of a second life, and the first one of all again."""
    for base in _second_life(contract):
        *before, again = base.steps
        delivered = [step for sent in before for step in (sent, Deliver())]
        oldest = Redeliver(len(before))  # that of the other branch is the latest
        yield Scenario((*delivered, again, Concurrently(((Deliver(),), (oldest,)))))


def settled_reads(contract: Contract) -> tuple[Scenario, ...]:
    """A view that is read after every delivery, and one read before and beside a delivery."""
    block = Concurrently(((Deliver(),), (Query(ID), Query(ID))))
    shown = [life for life in accepted_sequences(contract, 2)
             if contract.view(state_after(contract, life)) is not None]
    return (*(Scenario((*with_keys(life), Settle(), Query(ID))) for life in shown),
            *(Scenario((*before, Query(ID), last, block))
              for before, last in _delivered_and_latest(contract)))


def concurrent_reads(contract: Contract) -> tuple[Scenario, ...]:
    """Reads beside the delivery of the latest event."""
    block = Concurrently(((Query(ID), Query(ID)), (Deliver(),)))
    return tuple(Scenario((*before, last, block))
                 for before, last in _delivered_and_latest(contract))


def _delivered_and_latest(contract: Contract) -> Iterator[tuple[list[Step], Send]]:
    """Commands whose events are delivered, and the command after them."""
    for *before, last in map(with_keys, accepted_sequences(contract, 2)):
        yield [step for sent in before for step in (sent, Deliver())], last


def concurrent_reads_of_any_length(contract: Contract) -> tuple[Scenario, ...]:
    """The concurrent reads, and those of a view of so many events that it may have several pages.

    Before them a view with one entry, to whose page another one comes.
    Two events are delivered beside the read, because some implementations publish the event before
    the latest again.
    """
    block = Concurrently(((Query(ID),), (Deliver(), Deliver())))
    long = [(*prefix, *[body] * more) for prefix, body in repeatable(contract)
            for more in (2, MORE_THAN_A_PAGE - len(prefix))]
    return (*concurrent_reads(contract),
            *(Scenario((*map(Send, before), Settle(), Send(last), block))
              for *before, last in long))
