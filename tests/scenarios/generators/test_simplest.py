"""The simplest commands of a contract are ones that its rules accept, if there are any."""

from __future__ import annotations

from dataclasses import replace

from cqrs_conformance import values
from cqrs_conformance.contracts import Accepted, Command, Decision, Refused, View, contract
from harness.core.json_values import parse_json
from scenarios.generators.commands import accepted_sequences, prefixes_and_bodies, simplest_bodies
from scenarios.generators.lifetimes import over_the_boundaries
from scenarios.generators.listed.hostile_input import invalid_types, unknown_members
from scenarios.generators.listed.ids_and_keys import reused_keys


def decide(state: int | None, command: Command) -> Decision:
    """Set a dial once, and turn it to another number than it is at."""
    if command["type"] == "Jammed":
        return Refused("never")
    if (state is None) != (command["type"] == "DialSet"):
        return Refused("there is one, or none")
    return Refused("it is there") if command["to"] == state else Accepted()


def evolve(state: int | None, event: Command) -> int:
    """Return the number that the dial is at."""
    return int(event["to"])


def view(state: int | None) -> View:
    """Return the view of a dial."""
    return None if state is None else {"to": state}


NUMBER = values.number("1", "9")
DIALS = contract(
    name="dials", path="/dials", id_member="dial",
    types={"DialSet": {"to": NUMBER}, "DialTurned": {"to": NUMBER}, "Jammed": {}},
    decide=decide, evolve=evolve, view=view)


def test_another_value_where_the_simplest_is_never_accepted() -> None:
    """A change to what there is already gets another value, and so belongs to sequences."""
    to = [parse_json(body).get("to") for body in simplest_bodies(DIALS)]
    assert (to[0] != to[1], len(accepted_sequences(DIALS, 2))) == (True, 2)


def test_types_that_are_never_accepted_are_left_out() -> None:
    """No generator fails because the rules accept no command of some type."""
    assert [kind for kind, _, _ in prefixes_and_bodies(DIALS)] == ["DialSet", "DialTurned"]
    assert all(make(DIALS) for make in (reused_keys, invalid_types, unknown_members))


def test_over_the_boundaries_and_back() -> None:
    """Where rules have boundaries, one life turns at them."""
    dials = replace(DIALS, boundaries=lambda state, kind: (
        {"to": (4, 5)} if state and kind == "DialTurned" else {}))
    lives = [[parse_json(body)["to"] for body in life] for life in over_the_boundaries(dials)]
    assert [life[1:] for life in lives] == [[4, 5, 4, 5, 4, 5]]
    assert list(over_the_boundaries(DIALS)) == []


def test_the_simplest_stays_where_it_is_accepted() -> None:
    """Without the rule, both commands have the simplest number."""
    loose = replace(DIALS, evolve=lambda state, event: 0, decide=lambda state, command: Accepted())
    assert len({parse_json(body).get("to") for body in simplest_bodies(loose)[:2]}) == 1
