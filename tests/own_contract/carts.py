"""Shopping carts for the reference implementation's machinery: the domain and nothing else."""

from dataclasses import dataclass, replace
from functools import partial

from . import members
from .interface import AlreadyExistsError, Command, DoesNotExistError, Domain, Event, View
from .members import Member

_ID = Member(members.is_identifier, "an id")
_SHOPPER = Member(lambda value: members.is_text(value) and len(str(value)) <= 100, "a short text")
_QUANTITY = Member(lambda value: type(value) is int and 1 <= value <= 99, "1 to 99")

SHAPES: members.Shapes = {
    "CartOpened": {"cartId": _ID, "shopper": _SHOPPER},
    "ItemAdded": {"cartId": _ID, "item": _ID, "quantity": _QUANTITY},
    "ItemRemoved": {"cartId": _ID, "item": _ID},
    "CartAbandoned": {"cartId": _ID},
}


@dataclass(frozen=True, slots=True)
class Cart:
    """An open cart."""

    cart_id: str
    shopper: str
    items: tuple[tuple[str, int], ...] = ()

    def count(self, item: str) -> int:
        """How many of an item are in it."""
        return dict(self.items).get(item, 0)


def decide(state: Cart | None, command: Command) -> None:
    """Refuse what the cart does not allow."""
    if command.type == "CartOpened":
        if state is not None:
            raise AlreadyExistsError("the cart exists")
        return
    if state is None:
        raise DoesNotExistError("there is no cart")
    have = state.count(command.members.get("item", ""))
    if command.type == "ItemAdded" and have + command.members["quantity"] > 99:
        raise AlreadyExistsError("there are too many of it")
    if command.type == "ItemRemoved" and have == 0:
        raise DoesNotExistError("it is not in the cart")


def evolve(state: Cart | None, event: Event) -> Cart | None:
    """Apply one event."""
    if event.type == "CartOpened":
        return Cart(event.members["cartId"], event.members["shopper"])
    if event.type == "CartAbandoned" or state is None:
        return None
    item = event.members["item"]
    rest = tuple(pair for pair in state.items if pair[0] != item)
    if event.type == "ItemRemoved":
        return replace(state, items=rest)
    quantity = state.count(item) + event.members["quantity"]
    return replace(state, items=tuple(sorted((*rest, (item, quantity)))))


def view(state: Cart | None) -> View | None:
    """Show the cart."""
    if state is None:
        return None
    items = [{"item": item, "quantity": quantity} for item, quantity in state.items]
    return {"cartId": state.cart_id, "shopper": state.shopper, "items": items}


def restore(shown: View | None) -> Cart | None:
    """Read a cart back from its view."""
    if shown is None:
        return None
    items = tuple((line["item"], int(line["quantity"])) for line in shown["items"])
    return Cart(shown["cartId"], shown["shopper"], items)


DOMAIN: Domain[Cart | None] = Domain(
    "cartId", None, members.is_identifier, partial(members.parse, SHAPES, "cartId"),
    decide, evolve, view, restore,
)
