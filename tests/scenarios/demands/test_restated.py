"""The table of restated requirements: docs/contract.md, section 8, and the laws of delivery."""

from __future__ import annotations

from pathlib import Path

from harness.core.carriers import LAWS, Carrier, Order
from scenarios.demands.requirements import REQUIREMENTS
from scenarios.demands.restated import RESTATED

PAGE = Path(__file__).parents[3] / "docs" / "contract.md"
HEADING = "| requirements | carriers | what they ask |"


def test_page() -> None:
    """Each row of the page is one of the data, in the same order, and none is missing."""
    table = PAGE.read_text("utf-8").partition(HEADING)[2].strip().split("\n\n")[0].splitlines()
    assert table[1:] == [str(row) for row in RESTATED]


def test_ids() -> None:
    """Every requirement of the table is one of the contract."""
    known = {requirement.id for requirement in REQUIREMENTS}
    assert {id for row in RESTATED for id in row.requirements} <= known


def test_order() -> None:
    """Only carriers that keep no order of an aggregate's events are said to let them overtake."""
    told = {carrier for row in RESTATED if row.requirements == ("PRJ-03",)
            for carrier in row.where if isinstance(carrier, Carrier)}
    assert {LAWS[carrier].order for carrier in told} == {Order.NONE, Order.ITEM}
