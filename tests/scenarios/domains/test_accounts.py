"""The domain of accounts, as the contract's oracle has it."""

from decimal import Decimal
from functools import reduce
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.commands import Acceptance, Accepted, Flaw, Refused
from harness.core.json_values import parse_json, same_json, to_json
from scenarios.domains.accounts import CONTRACT, decide, evolve, view

OPENED = {"type": "AccountOpened", "accountId": "a", "owner": "Ada",
          "openedAt": "2026-01-02T03:04:05Z"}
CLOSED = {"type": "AccountClosed", "accountId": "a"}


def deposited(amount: str, entry: str = "e1") -> dict[str, Any]:
    return {"type": "MoneyDeposited", "accountId": "a", "entryId": entry,
            "amount": Decimal(amount)}


def withdrawn(amount: str, entry: str = "e1") -> dict[str, Any]:
    return {**deposited(amount, entry), "type": "MoneyWithdrawn"}


def after(*events: dict[str, Any]) -> Any:
    return reduce(evolve, events, CONTRACT.initial)


COMMANDS = st.one_of(
    st.sampled_from((OPENED, CLOSED)),
    st.builds(deposited, st.sampled_from(("0.1", "0.2", "1.50", "1E+2"))),
    st.builds(withdrawn, st.sampled_from(("0.1", "0.3", "1.5"))),
)


def accepted(commands: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those of some commands that the rules accept, one after the other."""
    state, taken = CONTRACT.initial, []
    for command in commands:
        if isinstance(decide(state, command), Accepted):
            state, taken = evolve(state, command), [*taken, command]
    return taken


class TestDecide:
    @pytest.mark.parametrize(("before", "command", "expected"), [
        ((), OPENED, Accepted), ((), deposited("1"), Refused), ((), withdrawn("1"), Refused),
        ((), CLOSED, Refused), ((OPENED,), OPENED, Refused), ((OPENED,), deposited("1"), Accepted),
        ((OPENED,), withdrawn("0.01"), Refused), ((OPENED,), CLOSED, Accepted),
        ((OPENED, deposited("1")), withdrawn("1.00"), Accepted),
        ((OPENED, deposited("1")), withdrawn("1.01"), Refused),
        ((OPENED, deposited("1")), CLOSED, Refused),
        ((OPENED, deposited("0.1"), deposited("0.2")), withdrawn("0.3"), Accepted),
        ((OPENED, deposited("1"), withdrawn("1")), CLOSED, Accepted),
        ((OPENED, CLOSED), OPENED, Refused), ((OPENED, CLOSED), deposited("1"), Refused),
        ((OPENED, CLOSED), withdrawn("1"), Refused), ((OPENED, CLOSED), CLOSED, Refused),
    ])
    def test_rules(self, before: Any, command: Any, expected: type) -> None:
        """Opened once; moved while open, and no more than there is; closed when empty."""
        assert isinstance(decide(after(*before), command), expected)


class TestView:
    @pytest.mark.parametrize("events", [(), (OPENED, CLOSED)])
    def test_nothing(self, events: tuple[dict[str, Any], ...]) -> None:
        """An account that was never opened, or is closed, has no view."""
        assert view(after(*events)) is None

    def test_opened(self) -> None:
        """A new account is empty."""
        assert view(after(OPENED)) == {
            "accountId": "a", "owner": "Ada", "openedAt": "2026-01-02T03:04:05Z",
            "balance": 0, "entries": []}

    def test_entries(self) -> None:
        """Entries come in the order of the commands, also two of one id."""
        state = after(OPENED, deposited("5"), deposited("5"), withdrawn("0.50", "e2"))
        assert (view(state) or {})["entries"] == [
            {"entryId": "e1", "amount": 5}, {"entryId": "e1", "amount": 5},
            {"entryId": "e2", "amount": Decimal("-0.5")}]

    def test_exact(self) -> None:
        """Amounts add up as decimals."""
        cents = [deposited("0.1") for _ in range(10)]
        assert (view(after(OPENED, *cents, deposited("1000000"))) or {})["balance"] == 1_000_001

    @given(st.lists(COMMANDS, max_size=12).map(accepted))
    def test_balance(self, events: list[dict[str, Any]]) -> None:
        """The balance is what the entries add up to, and never below zero."""
        shown = view(after(*events)) or {"balance": 0, "entries": []}
        assert shown["balance"] == sum(entry["amount"] for entry in shown["entries"]) >= 0

    @given(st.lists(COMMANDS, max_size=12).map(accepted))
    def test_never_opened_again(self, events: list[dict[str, Any]]) -> None:
        """Nothing is accepted after closing."""
        assert CLOSED not in events[:-1]


class TestComparison:
    SHOWN = view(after(OPENED, deposited("1.50")))

    @pytest.mark.parametrize("amount", ["1.5", "1.50", "15E-1"])
    def test_by_value(self, amount: str) -> None:
        """A view is right whatever way it writes its numbers."""
        text = to_json(self.SHOWN).replace("1.50", amount)
        assert same_json(parse_json(text), self.SHOWN)

    @pytest.mark.parametrize("amount", ['"1.5"', '"1.50"', "1.4999999999999999", "1.51", "2"])
    def test_other_values(self, amount: str) -> None:
        """A text is no number, and nearly is not equal."""
        text = to_json(self.SHOWN).replace("1.50", amount)
        assert not same_json(parse_json(text), self.SHOWN)


class TestRead:
    @pytest.mark.parametrize("amount", ["0.01", "1", "1.5", "1.50", "1E+2", "1e2", "1000000.00"])
    def test_amounts(self, amount: str) -> None:
        """A number in range with two decimals at most must be accepted."""
        body = to_json(deposited("7")).replace("7", amount)
        assert CONTRACT.read(body).acceptance is Acceptance.MUST

    @pytest.mark.parametrize("amount", [
        "0", "-1", "0.001", "0.011", "1000000.01", '"5"', "true", "null", "1e400", "[5]",
    ])
    def test_no_amounts(self, amount: str) -> None:
        """Anything else must not be."""
        reading = CONTRACT.read(to_json(deposited("7")).replace("7", amount))
        assert (reading.command, reading.flaw) == (None, Flaw.MEMBER)

    @pytest.mark.parametrize("amount", ["NaN", "Infinity", "1.", ".5", "+1", "01"])
    def test_no_json(self, amount: str) -> None:
        """A value that JSON lacks makes the whole body no JSON."""
        reading = CONTRACT.read(to_json(deposited("7")).replace("7", amount))
        assert (reading.command, reading.flaw) == (None, Flaw.BODY)


class TestBoundaries:
    def test_withdrawal(self) -> None:
        """The rules turn at the balance: so much can be withdrawn, and a cent more cannot."""
        state = after(OPENED, deposited("0.1"), deposited("0.2"))
        near = CONTRACT.boundaries(state, "MoneyWithdrawn")["amount"]
        decisions = {v: type(decide(state, withdrawn(str(v)))) for v in near}
        assert decisions == {Decimal("0.29"): Accepted, Decimal("0.3"): Accepted,
                             Decimal("0.31"): Refused}

    @pytest.mark.parametrize("kind", [k for k in CONTRACT.types if k != "MoneyWithdrawn"])
    def test_others(self, kind: str) -> None:
        """No other command has any."""
        assert CONTRACT.boundaries(after(OPENED), kind) == {}
