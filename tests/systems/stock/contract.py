"""The contract of a stock of items: nothing is shipped that is not there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from cqrs_conformance import values
from cqrs_conformance.contracts import Accepted, Command, Decision, Refused, View, contract

QUANTITY = values.number("1", "1000")


@dataclass(frozen=True, slots=True)
class Item:
    """An item of the range; None stands for one that never was."""

    sku: str
    name: str
    on_hand: int = 0
    retired: bool = False


def decide(state: Item | None, command: Command) -> Decision:
    """Register an item once, ship what is there, and retire what is not there any more."""
    if command["type"] == "ItemRegistered":
        return Accepted() if state is None else Refused("the item is there")
    if state is None or state.retired:
        return Refused("there is no such item")
    if command["type"] == "StockShipped" and command["quantity"] > state.on_hand:
        return Refused("there is not so much of it")
    if command["type"] == "ItemRetired" and state.on_hand:
        return Refused("there is some of it left")
    return Accepted()


def evolve(state: Item | None, event: Command) -> Item:
    """Return the item after an event."""
    if event["type"] == "ItemRegistered":
        return Item(event["sku"], event["name"])
    assert state is not None
    if event["type"] == "ItemRetired":
        return replace(state, retired=True)
    moved = int(event["quantity"])
    return replace(state, on_hand=state.on_hand + (
        moved if event["type"] == "StockReceived" else -moved))


def view(state: Item | None) -> View:
    """Return the view that a query shows; None is no item."""
    if state is None or state.retired:
        return None
    return {"sku": state.sku, "name": state.name, "onHand": state.on_hand}


def boundaries(state: Item | None, kind: str) -> Mapping[str, tuple[Any, ...]]:
    """Return the quantities at which the rule on shipping turns."""
    if state is None or kind != "StockShipped":
        return {}
    return {"quantity": (state.on_hand, state.on_hand + 1)}


CONTRACT = contract(
    name="stock", path="/stock", id_member="sku",
    types={
        "ItemRegistered": {"name": values.text(100)},
        "StockReceived": {"quantity": QUANTITY},
        "StockShipped": {"quantity": QUANTITY},
        "ItemRetired": {},
    },
    decide=decide, evolve=evolve, view=view, boundaries=boundaries,
)
