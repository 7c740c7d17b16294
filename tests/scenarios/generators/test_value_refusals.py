"""Refusals that hang on a value, for rules that turn only after greater ones."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from cqrs_conformance import values
from cqrs_conformance.contracts import Accepted, Command, Contract, Decision, Refused
from cqrs_conformance.contracts import contract as make
from harness.core.json_values import parse_json
from scenarios.domains import accounts, orders
from scenarios.generators.listed import lives
from scenarios.generators.value_refusals import refusals_by_value


def decide(state: int | None, command: Command) -> Decision:
    """A level is set once and then only rises."""
    if (state is None) != (command["type"] == "Set"):
        return Refused("not now")
    return Accepted() if command["type"] == "Set" or command["to"] >= state else Refused("lower")


RISING = make(
    name="rising", path="/levels", id_member="levelId",
    types={"Set": {"to": values.number("1", "90")}, "Raised": {"to": values.number("1", "90")}},
    decide=decide, evolve=lambda state, event: event["to"],
    view=lambda state: None if state is None else {"to": state},
)
NEAR = replace(RISING, boundaries=lambda state, kind: (
    {"to": (state - 1, state)} if state is not None and kind == "Raised" else {}))


@pytest.mark.parametrize("contract", [RISING, NEAR], ids=["no boundaries", "boundaries"])
def test_found(contract: Contract) -> None:
    """A value that is less than an earlier greater one is sent, and the list of refusals has it."""
    (life,) = refusals_by_value(contract)
    sent = [parse_json(body) for body in life]

    assert sent[-1]["type"] == "Raised"
    assert Decimal(sent[-1]["to"]) < Decimal(sent[-2]["to"])
    assert life == tuple(s.body for s in lives.refusals(contract)[-1].steps)


@pytest.mark.parametrize("contract", [orders.CONTRACT, accounts.CONTRACT])
def test_none(contract: Contract) -> None:
    """A contract whose simple lives reach every boundary gets no further life."""
    assert list(refusals_by_value(contract)) == []
