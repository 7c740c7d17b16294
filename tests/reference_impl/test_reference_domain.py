"""The orders domain: what is a command, what the rules allow, what an order looks like."""

import contextlib
from functools import reduce
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference_impl.lambdas.domain import orders
from reference_impl.lambdas.domain.interface import (
    AlreadyExistsError,
    Command,
    DoesNotExistError,
    Event,
    InvalidCommandError,
)

DOMAIN = orders.DOMAIN
TIME = "2024-01-02T03:04:05Z"
CREATED = {"type": "OrderCreated", "orderId": "o-1", "customer": "Ada", "createdAt": TIME}
UPDATED = {"type": "OrderUpdated", "orderId": "o-1", "updatedAt": TIME}
ORDER = orders.Order("o-1", "Ada", TIME)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
bodies = st.dictionaries(
    st.sampled_from(["type", "orderId", "customer", "createdAt", "updatedAt", "version"]),
    st.sampled_from([*orders.SHAPES, "o-1", TIME]) | json_values,
)
customers = st.text(
    st.characters(exclude_categories=["Cs"], min_codepoint=0x20), min_size=1, max_size=1000
)


def event(type: str, **values: str) -> Event:
    """Return an order's event; its version is of no interest to the domain."""
    return Event("e", 1, type, "o-1", {"orderId": "o-1", **values})


histories = st.lists(
    st.builds(event, st.just("OrderUpdated"), updatedAt=st.just(TIME))
    | st.builds(event, st.just("OrderUpdated"), updatedAt=st.just(TIME), customer=customers)
).map(lambda updates: [event("OrderCreated", customer="Ada", createdAt=TIME), *updates])


class TestParse:
    """From JSON objects to commands."""

    def test_drops_unknown_members(self) -> None:
        """Only the members of the command's own shape are kept."""
        body = {**CREATED, "version": 7, "eventId": "e", "id": "x", "updatedAt": TIME}
        kept = {name: value for name, value in CREATED.items() if name != "type"}
        assert DOMAIN.parse(body) == Command("OrderCreated", "o-1", kept)

    @pytest.mark.parametrize(
        "kind", [None, "", "orderCreated", "__class__", 1, ["OrderCreated"], {}]
    )
    def test_refuses_types(self, kind: object) -> None:
        """A type that is none of the three is refused, whatever its JSON type."""
        with pytest.raises(InvalidCommandError, match="type: expected one of"):
            DOMAIN.parse({**CREATED, "type": kind})

    @pytest.mark.parametrize("name", ["orderId", "customer", "createdAt"])
    def test_refuses_absent_members(self, name: str) -> None:
        """A required member must be there."""
        with pytest.raises(InvalidCommandError, match=f"{name}: expected"):
            DOMAIN.parse({key: value for key, value in CREATED.items() if key != name})

    def test_refuses_null_for_an_optional_member(self) -> None:
        """Optional means that it may be absent, not that it may be null."""
        with pytest.raises(InvalidCommandError, match="customer: expected"):
            DOMAIN.parse({**UPDATED, "customer": None})

    @given(bodies)
    def test_parses_or_refuses(self, body: dict[str, Any]) -> None:
        """No object makes it fail in any other way than by saying no."""
        with contextlib.suppress(InvalidCommandError):
            assert DOMAIN.parse(body).members.items() <= body.items()


class TestDecide:
    """The rules."""

    def test_refuses_to_create_twice(self) -> None:
        """An order that exists is not created."""
        with pytest.raises(AlreadyExistsError):
            DOMAIN.decide(ORDER, DOMAIN.parse(CREATED))

    @pytest.mark.parametrize("body", [UPDATED, {"type": "OrderDeleted", "orderId": "o-1"}])
    def test_refuses_without_an_order(self, body: dict[str, Any]) -> None:
        """An order that does not exist is neither updated nor deleted."""
        with pytest.raises(DoesNotExistError):
            DOMAIN.decide(None, DOMAIN.parse(body))


class TestFold:
    """From events to views."""

    def test_update_keeps_what_it_does_not_name(self) -> None:
        """The member createdAt stays, and so does the customer unless a new one is given."""
        state = DOMAIN.evolve(ORDER, event("OrderUpdated", updatedAt="later"))
        assert DOMAIN.view(state) == {
            "orderId": "o-1",
            "customer": "Ada",
            "createdAt": TIME,
            "updatedAt": "later",
        }

    def test_update_replaces_the_customer(self) -> None:
        """A given customer takes the old one's place."""
        state = DOMAIN.evolve(ORDER, event("OrderUpdated", updatedAt=TIME, customer="Bob"))
        assert state == orders.Order("o-1", "Bob", TIME, TIME)

    def test_new_order_shares_nothing_with_the_old_one(self) -> None:
        """Created again after deletion, an order has no updatedAt."""
        old: orders.Order | None = orders.Order("o-1", "Ada", TIME, "updated")
        again = event("OrderCreated", customer="Bob", createdAt=TIME)
        assert reduce(DOMAIN.evolve, [event("OrderDeleted"), again], old) == orders.Order(
            "o-1", "Bob", TIME
        )

    def test_impossible_event_raises(self) -> None:
        """An update of nothing is not folded into anything."""
        with pytest.raises(ValueError, match="cannot follow"):
            DOMAIN.evolve(None, event("OrderUpdated", updatedAt=TIME))

    @given(histories, st.integers(min_value=0))
    def test_folding_goes_on_from_a_view(self, history: list[Event], cut: int) -> None:
        """Folding to any point, showing, restoring and folding the rest equals folding it all."""
        cut %= len(history) + 1
        shown = DOMAIN.view(reduce(DOMAIN.evolve, history[:cut], DOMAIN.initial))
        state = reduce(DOMAIN.evolve, history[cut:], DOMAIN.restore(shown))
        assert state == reduce(DOMAIN.evolve, history, DOMAIN.initial)
