"""The accounts domain: amounts, entries, the balance, and the functions with that domain."""

import contextlib
from decimal import Decimal
from functools import reduce
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference_impl.lambdas import codec
from reference_impl.lambdas.domain import accounts
from reference_impl.lambdas.domain.interface import (
    AlreadyExistsError,
    DoesNotExistError,
    Event,
    InvalidCommandError,
    RefusedError,
)

from .simulation import System

DOMAIN = accounts.DOMAIN
OPENED = {
    "type": "AccountOpened",
    "accountId": "a-1",
    "owner": "Ada",
    "openedAt": "2024-01-02T03:04:05Z",
}
CLOSED = {"type": "AccountClosed", "accountId": "a-1"}
bodies = st.dictionaries(
    st.sampled_from(["type", "accountId", "owner", "openedAt", "entryId", "amount", "balance"]),
    st.sampled_from([*accounts.SHAPES, "a-1", "2024-01-02T03:04:05Z"])
    | st.none()
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False),
)
amounts = st.integers(1, 100_000_000).map(lambda cents: Decimal(cents).scaleb(-2))
movements = st.lists(st.tuples(st.sampled_from(["MoneyDeposited", "MoneyWithdrawn"]), amounts))


def moved(kind: str, amount: object, entry: str = "e-1") -> dict[str, Any]:
    """Return a command that puts money in or takes it out."""
    return {"type": kind, "accountId": "a-1", "entryId": entry, "amount": amount}


def deposited(amount: object, entry: str = "e-1") -> dict[str, Any]:
    """Return a command that puts money in."""
    return moved("MoneyDeposited", amount, entry)


def withdrawn(amount: object, entry: str = "e-1") -> dict[str, Any]:
    """Return a command that takes money out."""
    return moved("MoneyWithdrawn", amount, entry)


def happened(body: dict[str, Any]) -> Event:
    """Return a command's event; its version is of no interest to the domain."""
    command = DOMAIN.parse(codec.loads(codec.dumps(body)))
    return Event("e", 1, command.type, command.aggregate_id, command.members)


def after(*commands: dict[str, Any]) -> accounts.Account | None:
    """Return the account after some commands."""
    return reduce(DOMAIN.evolve, map(happened, commands), DOMAIN.initial)


class TestParse:
    """From JSON objects to commands."""

    @pytest.mark.parametrize("amount", ["0.01", "1", "1.5", "1.50", "1E+2", "1000000.00"])
    def test_amounts(self, amount: str) -> None:
        """A number in range with two decimals at most is an amount, however it is written."""
        assert DOMAIN.parse(deposited(Decimal(amount))).members["amount"] == Decimal(amount)

    @pytest.mark.parametrize(
        "amount",
        [
            *map(Decimal, ["0", "-1", "0.001", "0.011", "1000000.01", "1E+400", "1E-400"]),
            Decimal("1.0000000000000000000000000000000000000001"),
            "5",
            True,
            None,
            [5],
        ],
    )
    def test_no_amounts(self, amount: object) -> None:
        """Anything else is none."""
        with pytest.raises(InvalidCommandError, match="amount: expected"):
            DOMAIN.parse(deposited(amount))

    @given(bodies)
    def test_parses_or_refuses(self, body: dict[str, Any]) -> None:
        """No object makes it fail in any other way than by saying no."""
        with contextlib.suppress(InvalidCommandError):
            assert DOMAIN.parse(body).members.items() <= body.items()


class TestDecide:
    """The rules."""

    @pytest.mark.parametrize("before", [(OPENED,), (OPENED, CLOSED)])
    def test_opened_once(self, before: tuple[dict[str, Any], ...]) -> None:
        """An account that was ever opened is not opened, closed or not."""
        with pytest.raises(AlreadyExistsError):
            DOMAIN.decide(after(*before), DOMAIN.parse(OPENED))

    @pytest.mark.parametrize("before", [(), (OPENED, CLOSED)])
    @pytest.mark.parametrize("body", [deposited(1), withdrawn(1), CLOSED])
    def test_not_open(self, before: tuple[dict[str, Any], ...], body: dict[str, Any]) -> None:
        """Nothing is done with an account that is not open."""
        with pytest.raises(DoesNotExistError):
            DOMAIN.decide(after(*before), DOMAIN.parse(body))

    @pytest.mark.parametrize("body", [withdrawn(Decimal("0.31")), CLOSED])
    def test_balance_forbids(self, body: dict[str, Any]) -> None:
        """More than the balance is not paid out, and what holds money is not closed."""
        account = after(OPENED, deposited(0.1), deposited(0.2))
        with pytest.raises(RefusedError, match="balance"):
            DOMAIN.decide(account, DOMAIN.parse(body))

    def test_whole_balance(self) -> None:
        """All there is can be paid out, to the cent, and then the account closed."""
        account = after(OPENED, deposited(0.1), deposited(0.2))
        DOMAIN.decide(account, DOMAIN.parse(withdrawn(Decimal("0.3"))))
        emptied = DOMAIN.evolve(account, happened(withdrawn(0.3)))
        assert DOMAIN.decide(emptied, DOMAIN.parse(CLOSED)) is None


class TestFold:
    """From events to views."""

    def test_view(self) -> None:
        """A view has the exact balance and the entries in their order, repeated ids and all."""
        account = after(OPENED, deposited(0.1), deposited(0.2), withdrawn(0.05, "e-2"))
        assert DOMAIN.view(account) == {
            "accountId": "a-1",
            "owner": "Ada",
            "openedAt": "2024-01-02T03:04:05Z",
            "balance": Decimal("0.25"),
            "entries": [
                {"entryId": "e-1", "amount": Decimal("0.1")},
                {"entryId": "e-1", "amount": Decimal("0.2")},
                {"entryId": "e-2", "amount": Decimal("-0.05")},
            ],
        }

    def test_closed(self) -> None:
        """A closed account shows nothing."""
        assert DOMAIN.view(after(OPENED, CLOSED)) is None

    @pytest.mark.parametrize("before", [(), (OPENED, CLOSED)])
    def test_impossible_event_raises(self, before: tuple[dict[str, Any], ...]) -> None:
        """Money moves on no account that is not open."""
        with pytest.raises(ValueError, match="cannot follow"):
            DOMAIN.evolve(after(*before), happened(deposited(1)))

    @given(movements, st.integers(min_value=0))
    def test_folding_goes_on_from_a_view(
        self, moves: list[tuple[str, Decimal]], cut: int
    ) -> None:
        """Folding to any point, showing, restoring and folding the rest equals folding it all."""
        history = [happened(OPENED), *(happened(moved(*move)) for move in moves)]
        cut %= len(history) + 1
        shown = DOMAIN.view(reduce(DOMAIN.evolve, history[:cut], DOMAIN.initial))
        state = reduce(DOMAIN.evolve, history[cut:], DOMAIN.restore(shown))
        assert state == reduce(DOMAIN.evolve, history, DOMAIN.initial)


@pytest.fixture
def bank(system: System, monkeypatch: pytest.MonkeyPatch) -> System:
    """Return the implementation with accounts, one of them open."""
    monkeypatch.setenv("DOMAIN", "accounts")
    assert system.post(OPENED)[0] == 200
    return system


class TestFunctions:
    """The three functions with this domain."""

    def test_sum(self, bank: System) -> None:
        """Amounts add up exactly on the way through store, bus and table."""
        for cents in (10, 20, 70):
            bank.post(deposited(cents / 100))
        bank.deliver(*bank.published())
        assert bank.get("a-1")[1]["balance"] == 1

    def test_numbers(self, bank: System) -> None:
        """A view's numbers are JSON numbers."""
        bank.post(deposited(1.5))
        bank.deliver(*bank.published())
        assert bank.get("a-1")[1]["entries"] == [{"entryId": "e-1", "amount": 1.5}]

    def test_redelivery(self, bank: System) -> None:
        """A deposit that is delivered twice is one deposit."""
        bank.post(deposited(5))
        bank.deliver(*bank.published(), *bank.published())
        assert bank.get("a-1")[1]["balance"] == 5

    def test_repeated_entry(self, bank: System) -> None:
        """Two deposits with one entryId are two, if no Idempotency-Key says otherwise."""
        statuses = [bank.post(deposited(5))[0] for _ in range(2)]
        bank.deliver(*bank.published())
        assert (statuses, bank.get("a-1")[1]["balance"]) == ([200, 200], 10)

    def test_retry(self, bank: System) -> None:
        """A retry is recognised though it writes the amount in another way."""
        first = bank.post(deposited(5), "key")
        again = bank.post('{"type": "MoneyDeposited", "accountId": "a-1", "entryId": "e-1", '
                          '"amount": 5.00}', "key")
        assert again == first

    @pytest.mark.parametrize(
        ("body", "status"), [(withdrawn(5.01), 409), (CLOSED, 409), (OPENED, 409)]
    )
    def test_refusals(self, bank: System, body: dict[str, Any], status: int) -> None:
        """A command that the rules refuse is refused, and nothing is stored."""
        bank.post(deposited(5))
        assert (bank.post(body)[0], len(bank.stored())) == (status, 2)
