"""The domain of orders, as the contract's oracle has it."""

from functools import reduce
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.commands import Accepted, Refused
from harness.core.requirements import Level
from scenarios.demands.requirements import REQUIREMENTS
from scenarios.domains.orders import ARTICLE, CONTRACT, decide, evolve, view

CREATED = {"type": "OrderCreated", "orderId": "a", "customer": "Ada", "createdAt": "t1"}
UPDATED = {"type": "OrderUpdated", "orderId": "a", "updatedAt": "t2"}
RENAMED = {**UPDATED, "customer": "Bob"}
DELETED = {"type": "OrderDeleted", "orderId": "a"}
COMMANDS = (CREATED, UPDATED, RENAMED, DELETED)


def after(*events: dict[str, Any]) -> Any:
    return reduce(evolve, events, CONTRACT.initial)


class TestDecide:
    @pytest.mark.parametrize(("before", "command", "expected"), [
        ((), CREATED, Accepted), ((), UPDATED, Refused), ((), DELETED, Refused),
        ((CREATED,), CREATED, Refused), ((CREATED,), UPDATED, Accepted),
        ((CREATED,), DELETED, Accepted), ((CREATED, DELETED), CREATED, Accepted),
        ((CREATED, DELETED), UPDATED, Refused), ((CREATED, DELETED), DELETED, Refused),
    ])
    def test_rules(self, before: Any, command: Any, expected: type) -> None:
        """A new order is created; an existing one is updated and deleted."""
        assert isinstance(decide(after(*before), command), expected)


class TestView:
    def test_nothing(self) -> None:
        """An order that was never created has no view."""
        assert view(after()) is None

    def test_created(self) -> None:
        """A new order shows what it was created with."""
        assert view(after(CREATED)) == {"orderId": "a", "customer": "Ada", "createdAt": "t1"}

    def test_updated(self) -> None:
        """An update sets updatedAt and keeps the rest."""
        assert view(after(CREATED, UPDATED)) == {
            "orderId": "a", "customer": "Ada", "createdAt": "t1", "updatedAt": "t2"}

    def test_renamed(self) -> None:
        """An update replaces the customer where it names one."""
        assert view(after(CREATED, RENAMED, UPDATED))["customer"] == "Bob"

    def test_deleted(self) -> None:
        """A deleted order has no view."""
        assert view(after(CREATED, DELETED)) is None

    def test_created_again(self) -> None:
        """A new order of an old id shares nothing with the old one."""
        assert view(after(CREATED, RENAMED, DELETED, CREATED)) == view(after(CREATED))

    @given(st.lists(st.sampled_from(COMMANDS), max_size=12))
    def test_accepted_commands_fold(self, commands: list[dict[str, Any]]) -> None:
        """Whatever the rules accept can be folded, and there is a view unless it was deleted."""
        state, last = CONTRACT.initial, DELETED
        for command in commands:
            if isinstance(decide(state, command), Accepted):
                state, last = evolve(state, command), command
        assert (view(state) is None) is (last is DELETED)


class TestArticle:
    def test_updated(self) -> None:
        """By the article's fold an update keeps the customer there was, and nothing else."""
        state = reduce(ARTICLE.evolve, (CREATED, RENAMED), ARTICLE.initial)
        assert view(state) == {"orderId": "a", "customer": "Ada", "updatedAt": "t2"}

    @pytest.mark.parametrize("events", [
        (CREATED,), (CREATED, DELETED), (CREATED, DELETED, CREATED),
    ])
    def test_otherwise(self, events: tuple[dict[str, Any], ...]) -> None:
        """Without updates it is the fold of orders."""
        assert reduce(ARTICLE.evolve, events, ARTICLE.initial) == after(*events)


class TestRequirements:
    def test_ids_are_unique(self) -> None:
        """Each requirement has an id of its own."""
        assert len({r.id for r in REQUIREMENTS}) == len(REQUIREMENTS) == 53

    def test_levels(self) -> None:
        """The requirements that are SHOULD are the three of section 5."""
        should = {r.id for r in REQUIREMENTS if r.level is Level.SHOULD}
        assert should == {"QRY-02", "SYS-03", "SYS-04"}

    def test_tables_name_requirements_only(self) -> None:
        """Explorations, triggers and measures are of requirements that exist."""
        named = {*CONTRACT.explorations, *CONTRACT.triggers, *CONTRACT.measures}
        assert named <= {r.id for r in REQUIREMENTS}

    def test_every_exploration_has_a_trigger(self) -> None:
        """Every explored requirement is also counted."""
        assert CONTRACT.explorations.keys() <= CONTRACT.triggers.keys()
