"""Requirements that make no sense under some contracts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.core.commands import Accepted
from scenarios.demands.explorations import EXPLORATIONS
from scenarios.domains.orders import CONTRACT as ORDERS

LASTING = replace(ORDERS, evolve=lambda state, event: event["type"], view=lambda state: {},
                  decide=lambda state, command: Accepted())


@pytest.mark.parametrize(("id", "reason"), [
    ("QRY-04", "no command of the contract ends an aggregate"),
    ("PRJ-04", "no command of the contract ends an aggregate"),
    ("API-07", "the rules of the contract refuse nothing"),
])
def test_contract(id: str, reason: str) -> None:
    """A contract without ends or refusals has nothing that these are about; orders has."""
    senseless = EXPLORATIONS[id].senseless
    assert (senseless(ORDERS), senseless(LASTING)) == ("", reason)
