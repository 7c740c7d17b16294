"""The contract of sales: a command makes one event or several, which have types of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from cqrs_conformance import values
from cqrs_conformance.contracts import Accepted, Command, Decision, Refused, View, contract

MANY = 10
"""The quantity from which on there is a discount."""


@dataclass(frozen=True, slots=True)
class Sale:
    """A sale that is open; None stands for one that is not."""

    sale_id: str
    customer: str
    quantity: int = 0
    discount: bool = False
    changes: int = 0


def decide(state: Sale | None, command: Command) -> Decision:
    """Place a sale that is not there; change or cancel one that is."""
    if (command["type"] == "PlaceSale") != (state is None):
        return Refused("there is one" if state else "there is none")
    if state is not None and command.get("quantity") == state.quantity:
        return Refused("that is the quantity already")
    return Accepted()


def events(state: Sale | None, command: Command) -> list[dict[str, Any]]:
    """Return the events of a command: the discount comes and goes with the quantity."""
    if command["type"] == "CancelSale":
        return [{"type": "SaleCancelled", "reason": command["reason"]}]
    placed = [] if state else [{"type": "SalePlaced", "customer": command["customer"]}]
    made = [*placed, {"type": "QuantitySet", "quantity": command["quantity"]}]
    had = state is not None and state.discount
    if (command["quantity"] >= MANY) != had:
        made.append({"type": "DiscountChanged", "granted": not had})
    return made


def evolve(state: Sale | None, event: Command) -> Sale | None:
    """Return the sale after an event."""
    if event["type"] == "SalePlaced":
        return Sale(event["saleId"], event["customer"])
    if state is None or event["type"] == "SaleCancelled":
        return None
    if event["type"] == "DiscountChanged":
        return replace(state, discount=event["granted"])
    return replace(state, quantity=int(event["quantity"]), changes=state.changes + 1)


def view(state: Sale | None) -> View:
    """Return the view that a query shows; None is 404."""
    if state is None:
        return None
    return {"saleId": state.sale_id, "customer": state.customer, "quantity": state.quantity,
            "discount": state.discount, "changes": state.changes}


def boundaries(state: Sale | None, kind: str) -> Mapping[str, tuple[int, ...]]:
    """Return the quantities at which the discount comes and goes."""
    return {} if kind == "CancelSale" else {"quantity": (MANY - 1, MANY)}


CUSTOMER, QUANTITY = {"customer": values.plain_text(60)}, {"quantity": values.number("1", "20")}
REASON = {"reason": values.choice("refund", "mistake")}
CONTRACT = contract(
    name="sales", path="/sales", id_member="saleId",
    types={"PlaceSale": {**CUSTOMER, **QUANTITY}, "ChangeQuantity": QUANTITY, "CancelSale": REASON},
    event_types={"SalePlaced": CUSTOMER, "QuantitySet": QUANTITY,
                 "DiscountChanged": {"granted": values.boolean()}, "SaleCancelled": REASON},
    decide=decide, evolve=evolve, view=view, events=events, boundaries=boundaries,
)
