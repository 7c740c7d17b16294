"""Listed scenarios of ids that resemble each other and of Idempotency-Keys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from harness.core.bodies import write_body
from harness.core.contract import Contract
from harness.core.json_values import parse_json
from harness.core.scenario import ColdStart, Concurrently, Scenario, Send, TimePasses
from scenarios.generators.commands import (
    accepted_sequences,
    creations,
    other_values,
    prefixes_and_bodies,
    repeatable,
    shortest_prefixes,
    simplest_bodies,
    with_keys,
    with_members,
    without_optional_members,
)
from scenarios.generators.hostile import HEADERS, KEYS, NEAR_KEYS
from scenarios.generators.lifetimes import LONGEST_SHORT_LIFE, TENTH, side_by_side_with_keys
from scenarios.generators.values import COLLIDING_IDS, LONG_ID, LOOKALIKE_IDS, OTHER_LONG_ID

OVERLAPPING = 4
"""Pairs of colliding ids whose commands overlap."""
LONG_LIVED, SHORT_LIVED = ("~A", "~a-1"), ("~a", "~", "~a-")
"""Ids with ten events, and ids that begin then: in another case, or a prefix of one of them."""
CROWD = 101
"""The number of aggregates: more than a page of 25, 50 or 100 has."""
MANY_KEYS = 22
"""The number of commands with keys on one aggregate: more than a listing's page has events."""


def special_ids(contract: Contract) -> tuple[Scenario, ...]:
    """All ids that are known to cause bugs, side by side in an empty system."""
    return (Scenario(tuple(creations(contract, *contract.special_ids)), fresh=True),)


def lookalikes(contract: Contract) -> tuple[Scenario, ...]:
    """All ids that are prefixes of each other or differ by little, the short ones first or last.

    The second time with one key for all of them, which is another one for each.
    """
    sent = creations(contract, *LOOKALIKE_IDS, LONG_ID, OTHER_LONG_ID)
    keyed_ = [replace(each, key="k") for each in reversed(sent)]
    return (Scenario(tuple(sent)), Scenario(tuple(keyed_)))


def colliding_ids(contract: Contract) -> tuple[Scenario, ...]:
    """Ids that the usual hashes make one: at the same time in pairs, and then side by side.

    Of a pair the second command comes after the first one's first call, which may be a lock's.
    Ids begin that read like some with ten events: a snapshot of theirs is nobody else's. At last
    there are more aggregates than a page of a list has.
    """
    pairs = [creations(contract, *ids) for ids in COLLIDING_IDS.values()]
    blocks = tuple(Concurrently(((one,), (other,)), (1,)) for one, other in pairs[:OVERLAPPING])
    each = dict.fromkeys(sent for pair in pairs for sent in pair)
    return (Scenario(blocks, fresh=True), Scenario(tuple(each), fresh=True),
            *_after_ten_events(contract), _crowd(contract))


def _crowd(contract: Contract) -> Scenario:
    """More aggregates than a page has, in a system without others."""
    return Scenario(tuple(creations(contract, *(f"~{each}" for each in range(CROWD)))), fresh=True)


def _after_ten_events(contract: Contract) -> Iterator[Scenario]:
    """Ids without an aggregate, after long lives of some that read alike."""
    for prefix, body in repeatable(contract):
        life = (*prefix, *[body] * (TENTH - len(prefix)))
        lives = [Send(with_members(contract, each, {contract.id_member: id}))
                 for each in life for id in LONG_LIVED]
        yield Scenario((*lives, *creations(contract, *SHORT_LIVED)))


def retries(contract: Contract) -> tuple[Scenario, ...]:
    """Every kind of key, and the same command again with its header in another case.

    By then minutes have passed, and the environment is another one. Ids and keys that read alike
    when they are joined come before. On one aggregate each is a command of its own, however near
    two keys are, and is still known when many others came between.
    """
    first = simplest_bodies(contract)[0]
    once, again = (
        [Send(with_members(contract, first, {contract.id_member: f"~{number}"}), key=key,
              header=HEADERS[(number + shift) % 3]) for number, key in enumerate(KEYS)]
        for shift in (0, 1)
    )
    joined = [
        Send(with_members(contract, first, {contract.id_member: id}), key=key)
        for number, between in enumerate(("", "-", ".", "_"))
        for id, key in ((f"~j{number}", f"b{between}k"), (f"~j{number}{between}b", "k"))
    ]
    return (Scenario((*joined, *once, ColdStart(), TimePasses(), *again)), _retried_lives(contract),
            *_retried_refusals(contract), *_many_keys(contract))


def _retried_refusals(contract: Contract) -> Iterator[Scenario]:
    """Refused commands, each repeated with its key, also when the rules would accept it.

    An implementation may remember that it has refused a key, or not; never that it has accepted it.
    """
    chances = [(prefix, body) for prefix, bodies in shortest_prefixes(contract).items() if prefix
               for body in bodies]
    if chances:
        yield side_by_side_with_keys([
            (early, early, *map(Send, prefix), early, early, replace(early, key="l"))
            for prefix, body in chances for early in [Send(body, key="k")]])


def _many_keys(contract: Contract) -> Iterator[Scenario]:
    for prefix, body in repeatable(contract):
        before = [Send(each) for each in prefix]
        yield side_by_side_with_keys([(*before, *(Send(body, key=key) for key in keys))
                                      for keys in NEAR_KEYS])
        many = with_keys((body,) * MANY_KEYS)
        yield Scenario((*before, *many, many[0], many[-1], many[MANY_KEYS // 2]))


def _retried_lives(contract: Contract) -> Scenario:
    """Short lives, to their end and beyond, and all of their commands again with their keys."""
    lives = (with_keys(bodies) for bodies in accepted_sequences(contract, LONGEST_SHORT_LIFE))
    return side_by_side_with_keys([(*life, *life) for life in lives])


def repeated_at_once(contract: Contract) -> tuple[Scenario, ...]:
    """Short lives of which each command comes twice in a row."""
    lives = (with_keys(bodies) for bodies in accepted_sequences(contract, LONGEST_SHORT_LIFE))
    return (side_by_side_with_keys([tuple(sent for sent in life for _ in range(2))
                                    for life in lives]),)


def reused_keys(contract: Contract) -> tuple[Scenario, ...]:
    """Each command, and with its key every command that differs in one member or in its type.

    At last the key comes minutes later with another body.
    """
    found = tuple(
        Scenario((*map(Send, prefix), *(Send(each, key="k") for each in (body, *others))))
        for _, prefix, whole in prefixes_and_bodies(contract)
        for body in dict.fromkeys((whole, without_optional_members(contract, whole)))
        for others in [(*_differing_commands(contract, body), *simplest_bodies(contract))]
    )
    return (*found, *(_reused_later(scenario) for scenario in found[:1]))


def _reused_later(scenario: Scenario) -> Scenario:
    first = next(n for n, step in enumerate(scenario.steps) if isinstance(step, Send) and step.key)
    return Scenario((*scenario.steps[: first + 1], TimePasses(), *scenario.steps[first + 1 :]))


def _differing_commands(contract: Contract, body: str) -> Iterator[str]:
    """The command with one member changed, left out or added."""
    document = parse_json(body)
    for name, member in contract.types[document["type"]].items():
        without = {key: value for key, value in document.items() if key != name}
        if not member.required and name in document:
            yield write_body(without, contract.id_member)
        for value in other_values(member, document.get(name)):
            yield write_body({**document, name: value}, contract.id_member)
