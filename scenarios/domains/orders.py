"""The orders contracts: ``orders`` and ``orders-article`` (docs/contract.md, section 2)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from harness.core.commands import Accepted, Command, Decision, Refused, View
from scenarios.domains import standard
from scenarios.generators import values

LONGEST_CUSTOMER = 1000


@dataclass(frozen=True, slots=True)
class Order:
    """An order that exists; None stands for one that does not."""

    order_id: str
    customer: str
    created_at: str | None
    updated_at: str | None = None


def decide(state: Order | None, command: Command) -> Decision:
    """Create what does not exist; update and delete what does."""
    creating = command["type"] == "OrderCreated"
    if creating == (state is None):
        return Accepted()
    return Refused("the order exists" if creating else "the order does not exist")


def evolve(state: Order | None, event: Command) -> Order | None:
    """The order after an event."""
    if event["type"] == "OrderCreated":
        return Order(event["orderId"], event["customer"], event["createdAt"])
    if event["type"] == "OrderDeleted":
        return None
    assert state is not None
    customer = event.get("customer", state.customer)
    return replace(state, updated_at=event["updatedAt"], customer=customer)


def evolve_as_article(state: Order | None, event: Command) -> Order | None:
    """The same by the article's projection: an update replaces the whole order.

    It keeps only the customer of the order there was, whatever the update says of it.
    """
    after = evolve(state, event)
    if state is None or after is None:
        return after
    return Order(state.order_id, state.customer, None, after.updated_at)


def view(state: Order | None) -> View:
    """The view that a query shows; None is 404."""
    if state is None:
        return None
    shown = {
        "orderId": state.order_id, "customer": state.customer,
        "createdAt": state.created_at, "updatedAt": state.updated_at,
    }
    return {name: value for name, value in shown.items() if value is not None}


CONTRACT = standard.contract(
    name="orders",
    path="/orders",
    id_member="orderId",
    types={
        "OrderCreated": {
            "customer": values.text(LONGEST_CUSTOMER), "createdAt": values.date_time(),
        },
        "OrderUpdated": {
            "updatedAt": values.date_time(),
            "customer": values.text(LONGEST_CUSTOMER, required=False),
        },
        "OrderDeleted": {},
    },
    decide=decide,
    evolve=evolve,
    view=view,
    reference="reference_impl:template.yaml",
)
ARTICLE = replace(CONTRACT, name="orders-article", evolve=evolve_as_article, reference="")
