"""Drawn scenarios of requests that are invalid, hostile, oversized or encoded."""

from __future__ import annotations

from hypothesis import strategies as st

from harness.core.contract import Contract
from harness.core.json_values import parse_json, to_json
from harness.core.scenario import Query, Scenario, Send, Settle, Step
from scenarios.generators.author import Author, Draw
from scenarios.generators.drawn.commands import refusals, reused_keys
from scenarios.generators.drawn.parts import accepted_commands, repetitions, with_odd_steps
from scenarios.generators.hostile import (
    NOT_OBJECTS,
    NOT_TYPES,
    SIZES,
    UNKNOWN,
    misspelt,
    padded,
    spaced,
)
from scenarios.generators.values import LONG_ID, ORDINARY_IDS, QUERIED_IDS


@st.composite
def invalid_bodies(draw: Draw, contract: Contract) -> Scenario:
    """Bodies that are no JSON object, encoded by API Gateway now and then."""

    def odd(author: Author) -> Step:
        choice = draw(st.integers(0, 5))
        if choice > 2:
            return Send(draw(st.sampled_from(NOT_OBJECTS)))
        body = author.body(author.document(*_type_and_id(draw, contract, author)))
        if choice == 0:
            return Send(f"[{body}]")
        if choice == 1:
            return Send(to_json(body))
        return Send(body[: draw(st.integers(1, len(body) - 1))])

    return with_odd_steps(draw, contract, odd)


def _type_and_id(draw: Draw, contract: Contract, author: Author) -> tuple[str, str]:
    return draw(st.sampled_from(tuple(contract.types))), author.id()


@st.composite
def invalid_types(draw: Draw, contract: Contract) -> Scenario:
    """Commands whose type is unknown, misspelt or missing."""

    def odd(author: Author) -> Step:
        kind, id = _type_and_id(draw, contract, author)
        document = author.document(kind, id)
        choice = draw(st.sampled_from(("missing", *misspelt(kind), *NOT_TYPES)))
        if choice == "missing":
            del document["type"]
        else:
            document["type"] = choice
        return Send(author.body(document))

    return with_odd_steps(draw, contract, odd)


@st.composite
def invalid_members(draw: Draw, contract: Contract) -> Scenario:
    """Commands with one member missing, ill-typed or out of range."""
    kinds = tuple(name for name, members in contract.types.items() if members)

    def odd(author: Author) -> Step:
        kind = draw(st.sampled_from(kinds or tuple(contract.types)))
        document = author.document(kind, author.id())
        if not kinds:
            return Send(author.body(document))
        name = draw(st.sampled_from(tuple(contract.types[kind])))
        member = contract.types[kind][name]
        if member.required and draw(st.integers(0, 3)) == 0:
            document.pop(name, None)
        else:
            document[name] = draw(member.invalid)
        return Send(author.body(document))

    return with_odd_steps(draw, contract, odd)


@st.composite
def hostile_ids(draw: Draw, contract: Contract) -> Scenario:
    """Commands and queries for invalid and hostile ids."""

    def odd(author: Author) -> Step:
        if draw(st.integers(0, 2)) == 0:
            return Query(draw(st.sampled_from(QUERIED_IDS)))
        kind = draw(st.sampled_from(tuple(contract.types)))
        document = author.document(kind, draw(contract.ids.invalid))
        if draw(st.integers(0, 9)) == 0:
            del document[contract.id_member]
        return Send(author.body(document))

    scenario = with_odd_steps(draw, contract, odd)
    return Scenario((*scenario.steps, odd(Author(draw, contract)), Query("~a")))


@st.composite
def oversized(draw: Draw, contract: Contract) -> Scenario:
    """Valid commands enlarged by white space or by an unknown member."""

    def odd(author: Author) -> Step:
        made_big = draw(st.sampled_from((padded, spaced)))
        return Send(made_big(author.accepted(), draw(st.sampled_from(SIZES))))

    return with_odd_steps(draw, contract, odd)


@st.composite
def unknown_members(draw: Draw, contract: Contract) -> Scenario:
    """Valid commands with members that the contract does not name for them.

    It may name them for other commands, or show them in a view.
    """
    foreign = {name for members in contract.types.values() for name in members}

    def odd(author: Author) -> Step:
        document = parse_json(author.accepted())
        names = draw(st.lists(st.sampled_from(tuple(UNKNOWN)), min_size=1, max_size=3, unique=True))
        for name in names:
            document[name] = UNKNOWN[name]
        shown = author.shown(document[contract.id_member]) - foreign
        own = document.keys() | contract.types[document["type"]].keys()
        others = sorted(shown - own) + sorted(foreign - own)
        if others and draw(st.booleans()):
            document[others[0]] = "made-up"
        return Send(author.body(document))

    return with_odd_steps(draw, contract, odd)


@st.composite
def base64_bodies(draw: Draw, contract: Contract) -> Scenario:
    """Commands that API Gateway passes base64-encoded, good ones and bad ones."""
    author = Author(draw, contract, ORDINARY_IDS[:2])
    steps: list[Step] = []
    for _ in repetitions(draw, 1, 4):
        steps.append(Send(author.accepted(), base64=draw(st.booleans())))
    steps += [Send(draw(st.sampled_from(NOT_OBJECTS[2:20])), base64=True)]
    steps += [Send(author.accepted(), base64=True)]
    return Scenario(tuple(steps))


@st.composite
def unknown_ids(draw: Draw, contract: Contract) -> Scenario:
    """Queries for ids that were never used, beside some that exist."""
    never = ("~never", "~aa", "~A", "~", LONG_ID, "~a.", "~.0")
    between = st.sampled_from(never).map(Query)
    scenario = accepted_commands(draw, contract, between, ids=("~a", "~b"), size=(0, 3))
    return Scenario((*scenario.steps, Settle(), Query(draw(st.sampled_from(never)))))


@st.composite
def bad_requests(draw: Draw, contract: Contract) -> Scenario:
    """Two or three kinds of requests that get an error reply, one after the other."""
    kinds = (invalid_bodies, invalid_types, invalid_members, hostile_ids, refusals, reused_keys,
             unknown_ids)
    chosen = draw(st.lists(st.sampled_from(kinds), min_size=2, max_size=3, unique=True))
    return Scenario(tuple(step for kind in chosen for step in draw(kind(contract)).steps))
