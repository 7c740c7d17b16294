"""Generators: what they claim of the commands they write holds, for every contract."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from harness.core.bodies import with_namespace
from harness.core.commands import Acceptance, Flaw
from harness.core.contract import Contract
from harness.core.scenario import Scenario, Send, flat
from scenarios.domains import accounts
from scenarios.generators.drawn import commands, deliveries, disturbances, hostile_input
from tests.scenarios.decisions import CONTRACTS, acceptances, decided, kinds, sent

Generator = Callable[[Contract], st.SearchStrategy[Scenario]]
FEW = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))


class TestCommands:
    @CONTRACTS
    @pytest.mark.parametrize("generator", [
        commands.any_commands, commands.refusals, disturbances.concurrent_commands, commands.plain,
    ])
    @FEW
    @given(data=st.data())
    def test_valid(
        self, contract: Contract, generator: Generator, data: st.DataObject
    ) -> None:
        """Every command that is drawn as valid must be accepted unless the rules refuse it."""
        scenario = data.draw(generator(contract))
        assert {contract.read(body).acceptance for body in sent(scenario)} == {Acceptance.MUST}

    @CONTRACTS
    @pytest.mark.parametrize(("generator", "flaw"), [
        (hostile_input.invalid_bodies, Flaw.BODY), (hostile_input.invalid_types, Flaw.TYPE),
        (hostile_input.unknown_members, Flaw.UNKNOWN_MEMBER),
        (hostile_input.oversized, Flaw.SIZE),
    ])
    @FEW
    @given(data=st.data())
    def test_flawed(
        self, contract: Contract, generator: Generator, flaw: Flaw, data: st.DataObject
    ) -> None:
        """Commands with a flaw have the one they are drawn for, and the last has one."""
        scenario = data.draw(generator(contract))
        flaws = [contract.read(with_namespace(step.body) if step.body else step.body).flaw
                 for step in flat(scenario) if isinstance(step, Send)]
        assert set(flaws) - {None, Flaw.UNKNOWN_MEMBER} <= {flaw}
        assert flaws[-1] is not None

    @CONTRACTS
    @FEW
    @given(data=st.data())
    def test_invalid_members(self, contract: Contract, data: st.DataObject) -> None:
        """A command with a bad member is never one to accept; NaN makes it no JSON at all."""
        scenario = data.draw(hostile_input.invalid_members(contract))
        assert contract.read(sent(scenario)[-1]).flaw in (Flaw.MEMBER, Flaw.BODY)

    @CONTRACTS
    @FEW
    @given(data=st.data())
    def test_refusals(self, contract: Contract, data: st.DataObject) -> None:
        """The last of the refusals is one."""
        assert not acceptances(contract, data.draw(commands.refusals(contract)))[-1]

    @CONTRACTS
    @FEW
    @given(data=st.data())
    def test_long_histories(self, contract: Contract, data: st.DataObject) -> None:
        """A long history is made of accepted commands: no aggregate ends for good in it."""
        assert all(acceptances(contract, data.draw(commands.long_histories(contract, 30))))


def reached(strategy: st.SearchStrategy[Scenario], wanted: Callable[[Scenario], bool]) -> bool:
    """True if one of some hundred scenarios is wanted."""
    quiet = settings(FEW, max_examples=400, derandomize=True, database=None,
                     phases=(Phase.generate,))
    try:
        find(strategy, wanted, settings=quiet)
    except NoSuchExample:
        return False
    return True


class TestReach:
    @pytest.mark.parametrize("generator", [
        commands.endings, deliveries.resurrections, commands.plain,
    ])
    def test_closed_after_use(self, generator: Generator) -> None:
        """Accounts are also closed that had money on them."""
        used = ["AccountOpened", "MoneyDeposited", "MoneyWithdrawn", "AccountClosed"]
        strategy = generator(accounts.CONTRACT)
        assert reached(strategy, lambda scenario: kinds(scenario)[:4] == used)

    def test_opened_again(self) -> None:
        """A closed account is opened again, which the rules refuse."""
        again = ["AccountOpened", "AccountClosed", "AccountOpened"]
        strategy = deliveries.resurrections(accounts.CONTRACT)
        assert reached(strategy, lambda scenario: kinds(scenario) == again)

    @pytest.mark.parametrize(("generator", "over"), [
        (commands.plain, "0"), (commands.refusals, "0.01"),
    ])
    def test_boundary(self, generator: Generator, over: str) -> None:
        """All there is on an account is withdrawn, and a cent more is asked for."""
        strategy = generator(accounts.CONTRACT)
        assert reached(strategy, lambda scenario: Decimal(over) in overdrafts(scenario))


def overdrafts(scenario: Scenario) -> list[Decimal]:
    """By how much each withdrawal from an open account exceeds its balance."""
    return [command["amount"] - state.balance
            for state, command, _ in decided(accounts.CONTRACT, scenario)
            if command["type"] == "MoneyWithdrawn" and state is not None and not state.closed]
