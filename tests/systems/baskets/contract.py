"""The contract of baskets: products go in, until the basket is ordered. Products are set up."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cqrs_conformance import values
from cqrs_conformance.contracts import Accepted, Command, Decision, Refused, View, contract

PRICES = {"pen": 250, "ink": 900}
MOST = 5


@dataclass(frozen=True, slots=True)
class Basket:
    """A basket that was opened, with its lines; None stands for one that never was."""

    basket_id: str
    lines: tuple[tuple[str, int], ...] = ()
    ordered: bool = False


def decide(state: Basket | None, command: Command) -> Decision:
    """Accept a basket once, and anything else until it is ordered."""
    if command["type"] == "BasketOpened":
        return Accepted() if state is None else Refused("the basket is there")
    if state is None or state.ordered:
        return Refused("the basket is not open")
    if command["type"] == "ItemPut":
        full = len(state.lines) == MOST
        return Refused("the basket is full") if full else Accepted()
    return Accepted() if state.lines else Refused("the basket is empty")


def evolve(state: Basket | None, event: Command) -> Basket:
    """Return the basket after an event."""
    if event["type"] == "BasketOpened":
        return Basket(event["basketId"])
    assert state is not None
    if event["type"] == "BasketOrdered":
        return replace(state, ordered=True)
    return replace(state, lines=(*state.lines, (event["product"], int(event["quantity"]))))


def view(state: Basket | None) -> View:
    """Return the view that a query shows; None is 404."""
    if state is None:
        return None
    lines = [{"product": product, "quantity": quantity, "price": PRICES[product]}
             for product, quantity in state.lines]
    return {"basketId": state.basket_id, "lines": lines, "ordered": state.ordered}


CONTRACT = contract(
    name="baskets", path="/baskets", id_member="basketId",
    types={
        "BasketOpened": {},
        "ItemPut": {"product": values.choice(*PRICES), "quantity": values.number("1", "20")},
        "BasketOrdered": {},
    },
    decide=decide, evolve=evolve, view=view,
    not_promised=["CMD-10", "CMD-11", "CMD-12", "QRY-04"],
)
