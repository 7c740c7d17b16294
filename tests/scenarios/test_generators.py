"""Generators: what they claim of the commands they write holds, for every contract."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from harness.core.bodies import with_namespace
from harness.core.commands import Acceptance, Accepted, Flaw
from harness.core.contract import Contract
from harness.core.json_values import parse_json
from harness.core.scenario import Scenario, Send, flat
from scenarios.domains import accounts, orders
from scenarios.generators import drawn as generators
from scenarios.generators import short as bases

ALL = (orders.CONTRACT, orders.ARTICLE, accounts.CONTRACT)
CONTRACTS = pytest.mark.parametrize("contract", ALL, ids=lambda contract: contract.name)
FEW = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))


def sent(scenario: Scenario) -> list[str]:
    return [with_namespace(step.body)
            for step in flat(scenario) if isinstance(step, Send) and step.body]


def life(contract: Contract, scenario: Scenario) -> Iterator[tuple[Any, dict[str, Any], bool]]:
    """Each command of a scenario with the state that it meets, and whether the rules accept it."""
    states: dict[str, Any] = {}
    for body in sent(scenario):
        command = contract.read(body).command
        assert command is not None
        id = contract.aggregate(command)
        state = states.get(id, contract.initial)
        accepted = isinstance(contract.decide(state, command), Accepted)
        yield state, dict(command), accepted
        if accepted:
            states[id] = contract.evolve(state, command)


def fates(contract: Contract, scenario: Scenario) -> list[bool]:
    """Whether the rules accept each of a scenario's commands, one after the other."""
    return [accepted for _, _, accepted in life(contract, scenario)]


class TestCommands:
    @CONTRACTS
    @pytest.mark.parametrize("kind", ["any_commands", "refusals", "concurrent_commands", "plain"])
    @FEW
    @given(data=st.data())
    def test_valid(self, contract: Contract, kind: str, data: st.DataObject) -> None:
        """Every command that is drawn as valid must be accepted unless the rules refuse it."""
        scenario = data.draw(getattr(generators, kind)(contract))
        assert {contract.read(body).acceptance for body in sent(scenario)} == {Acceptance.MUST}

    @CONTRACTS
    @pytest.mark.parametrize(("kind", "flaw"), [
        ("invalid_bodies", Flaw.BODY), ("invalid_types", Flaw.TYPE),
        ("unknown_members", Flaw.UNKNOWN_MEMBER), ("oversized", Flaw.SIZE),
    ])
    @FEW
    @given(data=st.data())
    def test_flawed(
        self, contract: Contract, kind: str, flaw: Flaw, data: st.DataObject
    ) -> None:
        """Commands with a flaw have the one they are drawn for, and the last has one."""
        scenario = data.draw(getattr(generators, kind)(contract))
        flaws = [contract.read(with_namespace(step.body) if step.body else step.body).flaw
                 for step in flat(scenario) if isinstance(step, Send)]
        assert set(flaws) - {None, Flaw.UNKNOWN_MEMBER} <= {flaw}
        assert flaws[-1] is not None

    @CONTRACTS
    @FEW
    @given(data=st.data())
    def test_invalid_members(self, contract: Contract, data: st.DataObject) -> None:
        """A command with a bad member is never one to accept; NaN makes it no JSON at all."""
        scenario = data.draw(generators.invalid_members(contract))
        assert contract.read(sent(scenario)[-1]).flaw in (Flaw.MEMBER, Flaw.BODY)

    @CONTRACTS
    @FEW
    @given(data=st.data())
    def test_refusals(self, contract: Contract, data: st.DataObject) -> None:
        """The last of the refusals is one."""
        assert not fates(contract, data.draw(generators.refusals(contract)))[-1]

    @CONTRACTS
    @FEW
    @given(data=st.data())
    def test_long_histories(self, contract: Contract, data: st.DataObject) -> None:
        """A long history is made of accepted commands: no aggregate ends for good in it."""
        assert all(fates(contract, data.draw(generators.long_histories(contract, 30))))


def kinds(scenario: Scenario) -> list[str]:
    return [str(parse_json(body)["type"]) for body in sent(scenario)]


def reached(strategy: st.SearchStrategy[Scenario], wanted: Callable[[Scenario], bool]) -> bool:
    """Whether some hundred scenarios have one that is wanted."""
    quiet = settings(FEW, max_examples=400, derandomize=True, database=None,
                     phases=(Phase.generate,))
    try:
        find(strategy, wanted, settings=quiet)
    except NoSuchExample:
        return False
    return True


class TestReach:
    @pytest.mark.parametrize("generator", ["endings", "resurrections", "plain"])
    def test_closed_after_use(self, generator: str) -> None:
        """Accounts are also closed that had money on them."""
        used = ["AccountOpened", "MoneyDeposited", "MoneyWithdrawn", "AccountClosed"]
        strategy = getattr(generators, generator)(accounts.CONTRACT)
        assert reached(strategy, lambda scenario: kinds(scenario)[:4] == used)

    def test_opened_again(self) -> None:
        """What is closed is opened again, which the rules refuse."""
        again = ["AccountOpened", "AccountClosed", "AccountOpened"]
        strategy = generators.resurrections(accounts.CONTRACT)
        assert reached(strategy, lambda scenario: kinds(scenario) == again)

    @pytest.mark.parametrize(("generator", "over"), [("plain", "0"), ("refusals", "0.01")])
    def test_boundary(self, generator: str, over: str) -> None:
        """All there is on an account is withdrawn, and a cent more is asked for."""
        strategy = getattr(generators, generator)(accounts.CONTRACT)
        assert reached(strategy, lambda scenario: Decimal(over) in overdrafts(scenario))


def overdrafts(scenario: Scenario) -> list[Decimal]:
    """By how much each withdrawal from an open account exceeds its balance."""
    return [command["amount"] - state.balance
            for state, command, _ in life(accounts.CONTRACT, scenario)
            if command["type"] == "MoneyWithdrawn" and state is not None and not state.closed]


class TestBases:
    def test_races(self) -> None:
        """Each command races with itself where the rules first accept it: money is spent twice."""
        races = [kinds(scenario) for scenario in bases.at_the_same_time(accounts.CONTRACT)]
        opened_twice = ["AccountOpened", "AccountOpened"]
        closed_twice = ["AccountOpened", "AccountClosed", "AccountClosed"]
        spent_twice = ["AccountOpened", "MoneyDeposited", "MoneyWithdrawn", "MoneyWithdrawn"]
        assert all(race in races for race in (opened_twice, closed_twice, spent_twice))

    @CONTRACTS
    def test_bad_members(self, contract: Contract) -> None:
        """Each member of each command is spoilt, and nothing else is bad about the command."""
        scenarios = bases.bad_members(contract)
        flaws = [{contract.read(body).flaw for body in sent(scenario)} for scenario in scenarios]
        assert len(scenarios) == sum(map(len, contract.types.values()))
        assert all(Flaw.MEMBER in found <= {Flaw.MEMBER, Flaw.BODY, None} for found in flaws)

    def test_all_bad_values(self) -> None:
        """Every bad value is among them that a member has."""
        bodies = [body for scenario in bases.bad_members(accounts.CONTRACT)
                  for body in sent(scenario) if "MoneyDeposited" in body]
        bad = ("0", "-1", "0.001", "1000000.01", '"5"', "true", "NaN", "1E+400", "0.011")
        assert [amount for amount in bad
                if not any(f'"amount": {amount}}}' in body for body in bodies)] == []

    @CONTRACTS
    @pytest.mark.parametrize("base", [bases.one_after_another, bases.deliveries, bases.reads])
    def test_accepted(
        self, contract: Contract, base: Callable[[Contract], tuple[Scenario, ...]]
    ) -> None:
        """What is explored exhaustively is made of accepted commands."""
        assert all(all(fates(contract, scenario)) for scenario in base(contract))
