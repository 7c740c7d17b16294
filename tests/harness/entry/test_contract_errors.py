"""Exceptions in a user's contract are told without a traceback."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from harness.entry.contract_errors import ContractError, naming_the_contract
from scenarios.domains.orders import CONTRACT


def view(state: Any) -> Any:
    """A view that looks for a member that no state has."""
    return state["nothing"]


def test_raised() -> None:
    """The sentence names the contract, the function, the file and the line."""
    contract = replace(CONTRACT, view=view)
    told = (r"contract orders: its code raised KeyError: 'nothing', "
            r"in view, .*test_contract_errors.py:\d+; correct the contract")
    with pytest.raises(ContractError, match=told), naming_the_contract(contract):
        contract.view({})


def test_our_own_errors() -> None:
    """Another exception, and one in a contract of the project, goes on as it is."""
    with pytest.raises(ZeroDivisionError), naming_the_contract(CONTRACT):
        1 / 0  # noqa: B018 - it is to raise
