"""Contracts with very few commands or members have scenarios for every requirement, too."""

from __future__ import annotations

from typing import Any

import pytest

from cqrs_conformance import values
from cqrs_conformance.contracts import Accepted, Command, Contract, Decision, Refused, contract
from harness.core.contract import Exploration
from harness.core.json_values import parse_json
from harness.core.scenario import Scenario, Send
from harness.explore.drawing import each_drawn
from scenarios.generators.listed import for_sweeps, lives
from tests.scenarios.decisions import acceptances

TEXT = values.text(20)
TYPES: dict[str, Any] = {
    "one command": {"Create": {"text": TEXT}},
    "one without members": {"Create": {}},
    "one that repeats": {"Put": {"text": TEXT}},
    "an optional member": {"Put": {"text": values.text(20, required=False)}},
    "no members at all": {"Create": {}, "Touch": {}},
    "a beginning and an end": {"Create": {"text": TEXT}, "Close": {}},
}


def decide(state: str | None, command: Command) -> Decision:
    """Create once and put always; all else asks for what was created and is not closed."""
    kind = command["type"]
    fits = kind == "Put" or (state is None if kind == "Create" else state not in (None, "Close"))
    return Accepted() if fits else Refused("not now")


def small(types: dict[str, Any]) -> Contract:
    """The contract of these commands."""
    return contract(
        name="small", path="/small", id_member="smallId", types=types, decide=decide,
        evolve=lambda state, event: event["type"],
        view=lambda state: None if state in (None, "Close") else {"state": state})


@pytest.mark.parametrize("types", TYPES.values(), ids=TYPES)
def test_scenarios(types: dict[str, Any]) -> None:
    """Each requirement's scenarios can be listed and drawn."""
    made = small(types)
    found = [scenarios(made, exploration) for exploration in made.explorations.values()]

    assert (len(found) > 40, min(found) > 0) == (True, True)


def scenarios(made: Contract, exploration: Exploration) -> int:
    """The number of scenarios that are listed, and of two that are drawn of each kind."""
    found: list[object] = list(exploration.short_scenarios(made)
                               if exploration.short_scenarios else ())
    drawn = exploration.generator(made, 12) if exploration.long else exploration.generator(made)
    for strategy in (drawn, *([exploration.single(made)] if exploration.single else [])):
        each_drawn(found.append, strategy, 2, 1)
    return len(found)


def rising() -> Contract:
    """A contract whose numbers have to rise, so that no command is accepted twice."""
    return contract(
        name="rising", path="/rising", id_member="risingId", initial=0,
        types={"Raise": {"level": values.number("1", "1000")}},
        decide=lambda state, command: (
            Accepted() if command["level"] > state else Refused("it is higher already")),
        evolve=lambda state, event: event["level"],
        view=lambda state: {"level": state} if state else None)


@pytest.mark.parametrize("made", [small(TYPES["a beginning and an end"]), rising()])
def test_versions(made: Contract) -> None:
    """CMD-03 has a life of several commands where no command is accepted again and again."""
    assert [sum(acceptances(made, life)) > 1 for life in for_sweeps.long_lives(made)][:1] == [True]


def decide_seats(state: tuple[int, frozenset[str]] | None, command: Command) -> Decision:
    """Take a free seat once, and give back one that was taken."""
    if state is None or command["type"] == "Open":
        return Accepted() if state is None and command["type"] == "Open" else Refused("not now")
    there = command["who"] in state[1]
    free = not there and len(state[1]) < state[0]
    return Accepted() if (there if command["type"] == "Leave" else free) else Refused("no seat")


def evolve_seats(
    state: tuple[int, frozenset[str]] | None, event: Command
) -> tuple[int, frozenset[str]]:
    """Return who has a seat after an event."""
    if state is None:
        return int(event["seats"]), frozenset()
    who = frozenset({event["who"]})
    return state[0], state[1] | who if event["type"] == "Take" else state[1] - who


SEATS = contract(
    name="seats", path="/seats", id_member="roomId",
    types={"Open": {"seats": values.number("1", "8")}, "Take": {"who": values.name()},
           "Leave": {"who": values.name()}},
    decide=decide_seats, evolve=evolve_seats,
    view=lambda state: None if state is None else {"taken": sorted(state[1])})


def test_in_turns() -> None:
    """CMD-14 has long lives where no command can be repeated: two take turns, after one more."""
    long = next(life for life in map(_types, lives.long_histories(SEATS)) if len(life) > 20)
    assert long[:6] == ["Open", "Take", "Take", "Leave", "Take", "Leave"]


def _types(scenario: Scenario) -> list[str]:
    return [parse_json(str(step.body))["type"] for step in scenario.steps if isinstance(step, Send)]
