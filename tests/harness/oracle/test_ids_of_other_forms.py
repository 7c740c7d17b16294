"""Ids that a contract lets a system take or refuse."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.core.contract import Contract
from harness.core.violation import Kind
from scenarios.domains.orders import CONTRACT
from scenarios.generators import values
from tests.harness.histories import CREATED, VIEW, Story, event

OTHER = CREATED | {"orderId": "-a"}
FREE = replace(CONTRACT, ids=values.ids("[a-z-]{1,9}"))


def test_refused() -> None:
    """The system may refuse the command, and a query of it."""
    told = Story(contract=FREE).send(OTHER, 400).query(None, id="-a", status=400)
    assert told.kinds == set()


def test_taken() -> None:
    """The system may take it; then it is an aggregate as any other."""
    happened = event(OTHER, 1)
    told = Story(contract=FREE).store(happened).publish(happened).send(OTHER)
    assert told.query(VIEW | {"orderId": "-a"}, id="-a").kinds == set()


@pytest.mark.parametrize("contract", [FREE, CONTRACT], ids=["other forms", "the usual form"])
def test_hostile(contract: Contract) -> None:
    """An id that fits no form has to be refused."""
    told = Story(contract=contract).send(CREATED | {"orderId": "../x"})
    assert Kind.INVALID_ACCEPTED in told.kinds
