"""The accounts contract: numbers, lists and a rule on a sum (docs/contract.md, section 2).

Orders are forgiving: an event that is applied twice changes nothing. Accounts are not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from harness.core.commands import Accepted, Command, Decision, Refused, View
from scenarios.domains import standard
from scenarios.generators import values

LONGEST_OWNER = 1000
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Account:
    """An account that was opened; None stands for one that never was."""

    account_id: str
    owner: str
    opened_at: str
    entries: tuple[tuple[str, Decimal], ...] = ()
    balance: Decimal = Decimal(0)
    closed: bool = False


def decide(state: Account | None, command: Command) -> Decision:
    """Open what never was, move money while it is open and there, close what is empty."""
    if command["type"] == "AccountOpened":
        return Accepted() if state is None else Refused("the account has been opened")
    if state is None or state.closed:
        return Refused("the account is not open")
    if command["type"] == "MoneyWithdrawn" and command["amount"] > state.balance:
        return Refused("the balance is too low")
    if command["type"] == "AccountClosed" and state.balance:
        return Refused("the balance is not zero")
    return Accepted()


def evolve(state: Account | None, event: Command) -> Account:
    """The account after an event."""
    if event["type"] == "AccountOpened":
        return Account(event["accountId"], event["owner"], event["openedAt"])
    assert state is not None
    if event["type"] == "AccountClosed":
        return replace(state, closed=True)
    amount = Decimal(event["amount"])
    entry = amount if event["type"] == "MoneyDeposited" else -amount
    return replace(state, balance=state.balance + entry,
                   entries=(*state.entries, (event["entryId"], entry)))


def view(state: Account | None) -> View:
    """The view that a query shows; None is 404."""
    if state is None or state.closed:
        return None
    entries = [{"entryId": name, "amount": amount} for name, amount in state.entries]
    return {"accountId": state.account_id, "owner": state.owner, "openedAt": state.opened_at,
            "balance": state.balance, "entries": entries}


def boundaries(state: Account | None, kind: str) -> Mapping[str, tuple[Any, ...]]:
    """The whole balance can be withdrawn, and not a cent more; a cent that is left is money."""
    if state is None or kind != "MoneyWithdrawn":
        return {}
    return {"amount": (state.balance, state.balance, state.balance + CENT, state.balance - CENT)}


AMOUNT = values.number("0.01", "1000000", decimals=2)

CONTRACT = standard.contract(
    name="accounts",
    path="/accounts",
    id_member="accountId",
    types={
        "AccountOpened": {"owner": values.text(LONGEST_OWNER), "openedAt": values.date_time()},
        "MoneyDeposited": {"entryId": values.name(), "amount": AMOUNT},
        "MoneyWithdrawn": {"entryId": values.name(), "amount": AMOUNT},
        "AccountClosed": {},
    },
    decide=decide,
    evolve=evolve,
    view=view,
    boundaries=boundaries,
    reference="reference_impl:template-accounts.yaml",
)
