"""Orders: created, updated, deleted, and possibly created again as a new order."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

from . import members
from .interface import AlreadyExistsError, Command, DoesNotExistError, Domain, Event, View
from .members import Member

_ID = Member(members.is_identifier, "1 to 128 of A-Z a-z 0-9 . _ -, a letter or digit first")
_DATE_TIME = Member(members.is_date_time, "an RFC 3339 date-time")
_CUSTOMER = Member(members.is_text, "1 to 1000 characters, none of them a control character")

SHAPES: members.Shapes = {
    "OrderCreated": {"orderId": _ID, "customer": _CUSTOMER, "createdAt": _DATE_TIME},
    "OrderUpdated": {
        "orderId": _ID,
        "updatedAt": _DATE_TIME,
        "customer": replace(_CUSTOMER, optional=True),
    },
    "OrderDeleted": {"orderId": _ID},
}


@dataclass(frozen=True, slots=True)
class Order:
    """An order that exists; one that does not is None."""

    order_id: str
    customer: str
    created_at: str
    updated_at: str | None = None


def decide(state: Order | None, command: Command) -> None:
    """Refuse a second creation, and whatever else is asked of an order that does not exist."""
    if command.type == "OrderCreated":
        if state is not None:
            raise AlreadyExistsError("the order exists already")
    elif state is None:
        raise DoesNotExistError("the order does not exist")


def evolve(state: Order | None, event: Event) -> Order | None:
    """Apply one event."""
    if event.type == "OrderDeleted":
        return None
    if event.type == "OrderCreated":
        return _created(event.members)
    if state is None:
        raise ValueError(f"{event.type} cannot follow on an order that does not exist")
    return _updated(state, event.members)


def _created(values: Mapping[str, str]) -> Order:
    return Order(values["orderId"], values["customer"], values["createdAt"])


def _updated(order: Order, values: Mapping[str, str]) -> Order:
    customer = values.get("customer", order.customer)
    return replace(order, customer=customer, updated_at=values["updatedAt"])


def view(state: Order | None) -> View | None:
    """Show the order as the contract words it."""
    if state is None:
        return None
    shown = {
        "orderId": state.order_id,
        "customer": state.customer,
        "createdAt": state.created_at,
        "updatedAt": state.updated_at,
    }
    return {name: value for name, value in shown.items() if value is not None}


def restore(shown: View | None) -> Order | None:
    """Read an order back from its view."""
    if shown is None:
        return None
    return Order(shown["orderId"], shown["customer"], shown["createdAt"], shown.get("updatedAt"))


DOMAIN: Domain[Order | None] = Domain(
    id_member="orderId",
    initial=None,
    is_id=members.is_identifier,
    parse=partial(members.parse, SHAPES, "orderId"),
    decide=decide,
    evolve=evolve,
    view=view,
    restore=restore,
)
