"""Contracts with very few commands or members have scenarios for every requirement, too."""

from __future__ import annotations

from typing import Any

import pytest

from cqrs_conformance import values
from cqrs_conformance.contracts import Accepted, Command, Contract, Decision, Refused, contract
from harness.core.contract import Exploration
from harness.explore.drawing import each_drawn
from scenarios.generators.listed import for_sweeps
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
    for exploration in made.explorations.values():
        assert scenarios(made, exploration) > 0


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
