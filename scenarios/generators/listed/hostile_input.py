"""Listed scenarios of requests that are invalid, hostile, oversized or encoded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from harness.core.bodies import write_body
from harness.core.contract import Contract
from harness.core.json_values import parse_json
from harness.core.scenario import Query, Scenario, Send, Settle
from scenarios.generators.commands import (
    accepted_sequences,
    creations,
    prefixes_and_bodies,
    shortest_prefixes,
    simplest,
    simplest_bodies,
    state_after,
    strategy_values,
    with_keys,
    with_members,
    with_tricky_values,
)
from scenarios.generators.hostile import (
    NOT_OBJECTS,
    NOT_TYPES,
    OTHER_NAMES_OF_TYPE,
    SIZES,
    UNKNOWN,
    WRAPPINGS,
    around,
    misspelt,
    padded,
    spaced,
)
from scenarios.generators.lifetimes import (
    LONGEST_SHORT_LIFE,
    lives_with_tricky_values,
    side_by_side,
)
from scenarios.generators.values import (
    HOSTILE_IDS,
    LONG_ID,
    NOT_IDS,
    QUERIED_IDS,
    UNKNOWN_IDS,
    neighbours,
)


def invalid_bodies(contract: Contract) -> tuple[Scenario, ...]:
    """Every body that is no JSON object, after a good command; and good ones with more around."""
    first, other = (sent.body or "" for sent in creations(contract, "~a", "~b"))
    rows = ((first, *NOT_OBJECTS), around(other))
    return tuple(Scenario(tuple(map(Send, row))) for row in rows)


def base64_bodies(contract: Contract) -> tuple[Scenario, ...]:
    """Telling values in bodies that come base64-encoded, keys beside them, and bad bodies.

    Among these are some that are no UTF-8, and so no JSON (RFC 8259, section 8.1).
    """
    kind = next(iter(contract.types))
    first = simplest_bodies(contract)[0]
    lives = [*lives_with_tricky_values(contract, kind), (with_tricky_values(contract, first),) * 2]
    sent = [replace(step, base64=True) for step in side_by_side(lives).steps
            if isinstance(step, Send)]
    keyed_ = [replace(each, key="k") for each in sent[-2:]]
    odd = (*NOT_OBJECTS[3:12], *around(first), *_invalid_utf8(first))
    bad = [Send(body, base64=True) for body in odd]
    return (Scenario((*sent[:-2], *keyed_, replace(keyed_[0], base64=False), *bad)),)


def _invalid_utf8(body: str) -> tuple[str, ...]:
    """The command with half a surrogate pair around it, whose bytes are no UTF-8.

    Inside a text many parsers replace them, and who is to say whether that is a command then?
    """
    return (f"\ud800{body}", f"{body}\ud800")


def invalid_types(contract: Contract) -> tuple[Scenario, ...]:
    """Every type that is none, where the command would be accepted if it were one."""
    found: list[Scenario] = []
    for kind, prefix, body in prefixes_and_bodies(contract):
        odd = [with_members(contract, body, {"type": value})
               for value in (*misspelt(kind), *NOT_TYPES)]
        missing = {name: value for name, value in parse_json(body).items() if name != "type"}
        odd += [write_body({**missing, **elsewhere}, contract.id_member)
                for elsewhere in ({}, *({name: kind} for name in OTHER_NAMES_OF_TYPE))]
        found.append(Scenario((*map(Send, prefix), *map(Send, odd))))
    return tuple(found)


def invalid_members(contract: Contract) -> tuple[Scenario, ...]:
    """For each member of each command every bad value there is, where a good one is accepted."""
    chances = shortest_prefixes(contract)
    return tuple(
        Scenario((*with_keys(prefix), *map(Send, _with_invalid_member(contract, body, name))))
        for prefix, bodies in chances.items()
        for body in bodies
        for name in contract.types[parse_json(body)["type"]]
    )


def _with_invalid_member(contract: Contract, body: str, name: str) -> Iterator[str]:
    """A command without that member, if it is required, or with another name much like it.

    And with each bad value for it.
    """
    document = parse_json(body)
    member = contract.types[document["type"]][name]
    if member.required:
        rest = {key: value for key, value in document.items() if key != name}
        yield write_body(rest, contract.id_member)
        for other in (name.upper(), f" {name} "):
            yield write_body({**rest, other: document[name]}, contract.id_member)
    for value in strategy_values(member.invalid):
        yield write_body({**document, name: value}, contract.id_member)


def hostile_ids(contract: Contract) -> tuple[Scenario, ...]:
    """Every id that nobody should be able to use, beside one that there is: sent and queried.

    It is sent before there is that one, and after: who reads it as that one's takes either the
    first command of an aggregate or another one.
    """
    first = simplest_bodies(contract)[0]
    second = simplest_bodies(contract)[:2][-1]
    sent, later = ([
        *(Send(with_members(contract, body, {contract.id_member: id}))
          for id in (*HOSTILE_IDS, *NOT_IDS)),
        *(Send(_id_in_other_member(contract, body, name)) for name in ("id", "aggregateId", "ID")),
    ] for body in (first, second))
    return (Scenario((*sent, Send(first), Settle(), *later, Query("~a"))),
            Scenario((Send(first), Settle(), *map(Query, QUERIED_IDS), Query("~a"))))


def _id_in_other_member(contract: Contract, body: str, name: str) -> str:
    """The command with a good id in a member that is not the id's."""
    rest = {key: value for key, value in parse_json(body).items() if key != contract.id_member}
    return write_body({**rest, contract.id_member: "~a"}, contract.id_member).replace(
        f'"{contract.id_member}"', f'"{name}"')


def oversized(contract: Contract) -> tuple[Scenario, ...]:
    """Good commands of each size that is too much for something, in either way."""
    ways = [(way, size) for way in (padded, spaced) for size in SIZES]
    sent = creations(contract, *(f"~{number}" for number in range(len(ways))))
    return (Scenario(tuple(replace(each, body=way(str(each.body), size))
                           for each, (way, size) in zip(sent, ways, strict=True))),)


def unknown_members(contract: Contract) -> tuple[Scenario, ...]:
    """For each command type every member that nobody asked for, one at a time.

    Among them are those of the other types, and of views, with values that are good there.
    """
    known = UNKNOWN | _members_of_views(contract) | _members_of_all_types(contract)
    return tuple(
        side_by_side([(*prefix, with_members(contract, body, {name: value}))
                       for name, value in {**known, **_wrapped_members(contract, kind)}.items()
                       if name not in contract.types[kind]])
        for kind, prefix, body in prefixes_and_bodies(contract)
    )


def _wrapped_members(contract: Contract, kind: str) -> dict[str, Any]:
    """Members that hold a command's own members once more, with other values."""
    own = {name: (*member.tricky, simplest(member.valid))[0]
           for name, member in contract.types[kind].items()}
    return dict.fromkeys(WRAPPINGS, own) if own else {}


def _members_of_all_types(contract: Contract) -> dict[str, Any]:
    return {name: (*member.tricky, simplest(member.valid))[0]
            for members in contract.types.values() for name, member in members.items()}


def _members_of_views(contract: Contract) -> dict[str, Any]:
    """The members of views after some commands, except the aggregate's id."""
    shown: dict[str, Any] = {}
    for life in accepted_sequences(contract, LONGEST_SHORT_LIFE):
        view = contract.view(state_after(contract, life)) or {}
        shown |= {name: value for name, value in view.items() if value}
    return {name: value for name, value in shown.items() if name != contract.id_member}


def unknown_ids(contract: Contract) -> tuple[Scenario, ...]:
    """Queries for ids that are almost one that there is; and for ids that have been somebody's bug.

    A query that drops an id's end, its case or its separators shows another aggregate.
    """
    made = ("~q.r-1_S", "~7", LONG_ID)
    near = [id for id in dict.fromkeys(near for id in made for near in neighbours(id))
            if id not in made]
    sent = creations(contract, *made)
    odd = [*contract.special_ids, *UNKNOWN_IDS]
    return (Scenario((*sent, Settle(), *map(Query, near))),
            Scenario((*sent[:1], Settle(), *map(Query, odd)), fresh=True))
