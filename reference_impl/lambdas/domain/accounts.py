"""Accounts: opened once and never again, money in and out, closed when empty."""

from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial

from . import members
from .interface import (
    AlreadyExistsError,
    Command,
    DoesNotExistError,
    Domain,
    Event,
    RefusedError,
    View,
)
from .members import Member

_ID = Member(members.is_identifier, "1 to 128 of A-Z a-z 0-9 . _ -, a letter or digit first")
_DATE_TIME = Member(members.is_date_time, "an RFC 3339 date-time")
_OWNER = Member(members.is_text, "1 to 1000 characters, none of them a control character")
_AMOUNT = Member(members.is_amount, "a number from 0.01 to 1000000, at most two decimals")
_MOVED = {"accountId": _ID, "entryId": _ID, "amount": _AMOUNT}

SHAPES: members.Shapes = {
    "AccountOpened": {"accountId": _ID, "owner": _OWNER, "openedAt": _DATE_TIME},
    "MoneyDeposited": _MOVED,
    "MoneyWithdrawn": _MOVED,
    "AccountClosed": {"accountId": _ID},
}


@dataclass(frozen=True, slots=True)
class Entry:
    """Money that came in, or went out (a negative amount)."""

    entry_id: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Account:
    """An account that was opened; one that never was is None."""

    account_id: str
    owner: str
    opened_at: str
    entries: tuple[Entry, ...] = ()
    closed: bool = False

    @property
    def balance(self) -> Decimal:
        """The sum of all entries."""
        return sum((entry.amount for entry in self.entries), Decimal(0))


def decide(state: Account | None, command: Command) -> None:
    """Refuse a second opening, commands on a closed account, and overdrafts."""
    if command.type == "AccountOpened":
        if state is not None:
            raise AlreadyExistsError("the account was opened before")
        return
    if state is None or state.closed:
        raise DoesNotExistError("the account is not open")
    if command.type == "MoneyWithdrawn" and state.balance < command.members["amount"]:
        raise RefusedError("the balance is too low")
    if command.type == "AccountClosed" and state.balance != 0:
        raise RefusedError("the balance is not zero")


def evolve(state: Account | None, event: Event) -> Account | None:
    """Apply one event."""
    values = event.members
    if event.type == "AccountOpened":
        return Account(values["accountId"], values["owner"], values["openedAt"])
    if state is None or state.closed:
        raise ValueError(f"{event.type} cannot follow on an account that is not open")
    if event.type == "AccountClosed":
        return replace(state, closed=True)
    amount = Decimal(values["amount"])
    entry = Entry(values["entryId"], amount if event.type == "MoneyDeposited" else -amount)
    return replace(state, entries=(*state.entries, entry))


def view(state: Account | None) -> View | None:
    """Show the account as the contract words it."""
    if state is None or state.closed:
        return None
    return {
        "accountId": state.account_id,
        "owner": state.owner,
        "openedAt": state.opened_at,
        "balance": state.balance,
        "entries": [{"entryId": e.entry_id, "amount": e.amount} for e in state.entries],
    }


def restore(shown: View | None) -> Account | None:
    """Read an account back from its view; nothing follows on a closed one, which has none."""
    if shown is None:
        return None
    entries = tuple(Entry(entry["entryId"], entry["amount"]) for entry in shown["entries"])
    return Account(shown["accountId"], shown["owner"], shown["openedAt"], entries)


DOMAIN: Domain[Account | None] = Domain(
    id_member="accountId",
    initial=None,
    is_id=members.is_identifier,
    parse=partial(members.parse, SHAPES, "accountId"),
    decide=decide,
    evolve=evolve,
    view=view,
    restore=restore,
)
