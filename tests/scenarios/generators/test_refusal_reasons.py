"""Lives for the reasons of refusals, and folds that forget on what a refusal rests."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from cqrs_conformance import values
from cqrs_conformance.contracts import Accepted, Command, Decision, Refused, View, contract
from harness.core.contract import Contract
from harness.core.scenario import Scenario, Send
from scenarios.generators.listed import lives
from scenarios.generators.refusal_reasons import refusals_by_reason
from tests.scenarios.decisions import BOTH, decided

TENTH = 10


@dataclass(frozen=True, slots=True)
class Card:
    """A card with its points. ``in_a_row``, the rewards since the latest points, is in no view."""

    card: str
    points: int = 0
    in_a_row: int = 0


def decide(state: Card | None, command: Command) -> Decision:
    """Give rewards for points, and two of them in a row at most."""
    if command["type"] == "CardIssued":
        return Accepted() if state is None else Refused("there is one")
    if state is None:
        return Refused("there is none")
    if command["type"] == "RewardTaken":
        if command["points"] > state.points:
            return Refused(f"there are only {state.points} points")
        if state.in_a_row >= 2:
            return Refused("two in a row are enough")
    return Accepted()


def evolve(state: Card | None, event: Command) -> Card | None:
    """Return the card after an event."""
    if event["type"] == "CardIssued":
        return Card(event["card"])
    assert state is not None
    points = int(event["points"])
    if event["type"] == "PointsAdded":
        return replace(state, points=state.points + points, in_a_row=0)
    return replace(state, points=state.points - points, in_a_row=state.in_a_row + 1)


def view(state: Card | None) -> View:
    """Return the view that a query shows."""
    return None if state is None else {"card": state.card, "points": state.points}


POINTS = {"points": values.number("1", "1000")}
CARDS = contract(
    name="cards", path="/cards", id_member="card",
    types={"CardIssued": {}, "PointsAdded": POINTS, "RewardTaken": POINTS},
    decide=decide, evolve=evolve, view=view)


def _accepted(contract: Contract, scenario: Scenario) -> list[bool]:
    """True for each command that the rules accept, in order."""
    return [accepted for _, _, accepted in decided(contract, scenario)]


def _forgetting(state: Any, event: Command) -> Any:
    """A fold in which the state after the tenth event has no more than a view has."""
    after = evolve(state, event)
    if after is None or (after.points, after.in_a_row) != (TENTH - 5, 2):
        return after
    return replace(after, in_a_row=0)


class TestReasons:
    def test_shortest(self) -> None:
        """A reason that simple lives never meet gets the shortest life that meets it."""
        (life,) = refusals_by_reason(CARDS, [_bodies(each) for each in lives.refusals(CARDS)[:-1]])

        assert _accepted(CARDS, Scenario(tuple(map(Send, life)))) == [True] * 6 + [False]

    @BOTH
    def test_known(self, contract: Contract) -> None:
        """Where short lives meet every reason there is no other life."""
        assert refusals_by_reason(contract, map(_bodies, lives.refusals(contract))) == []

    def test_values(self) -> None:
        """Reasons that differ in a value alone are one."""
        assert len(refusals_by_reason(CARDS, [])) == 3


class TestTenth:
    def test_kept(self) -> None:
        """The refusal comes after the tenth event, and nothing before it is refused."""
        (scenario,) = lives.long_histories(CARDS)[-1:]

        assert _accepted(CARDS, scenario) == [True] * TENTH + [False]

    def test_forgotten(self) -> None:
        """A snapshot that holds the view alone accepts what the rules refuse."""
        forgetful = replace(CARDS, evolve=_forgetting)
        (scenario,) = lives.long_histories(CARDS)[-1:]

        assert _accepted(forgetful, scenario) == [True] * (TENTH + 1)


def _bodies(scenario: Scenario) -> tuple[str, ...]:
    return tuple(str(step.body) for step in scenario.steps if isinstance(step, Send))
