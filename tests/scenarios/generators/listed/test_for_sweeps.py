"""Short scenarios that sweeps start from consist of accepted commands, for every contract."""

from collections.abc import Callable
from itertools import pairwise

import pytest

from cqrs_conformance import values
from cqrs_conformance.contracts import Accepted, Refused, contract
from harness.core.contract import Contract
from harness.core.json_values import parse_json
from harness.core.scenario import Concurrently, Deliver, Query, Scenario, Send
from scenarios.domains import accounts, orders
from scenarios.generators.listed import for_sweeps
from tests.scenarios.decisions import CONTRACTS, acceptances, kinds

DOOR = contract(
    name="doors", path="/doors", id_member="door",
    types={"Hung": {}, "Moved": {"status": values.choice("open", "shut", "walled")}},
    decide=lambda state, command: Refused("no") if (state is None) is (command["type"] == "Moved")
    or (state == "walled" != command.get("status")) else Accepted(),
    evolve=lambda state, event: event.get("status", "open"),
    view=lambda state: None if state is None else {"status": state},
)
"""Doors that are hung open; a door that is walled up moves no more."""
REPEATED = 3
"""Commands that a long life sends once more in the end."""


def test_races() -> None:
    """Each command races with itself after the shortest prefix that makes it acceptable."""
    races = [kinds(scenario) for scenario in for_sweeps.concurrent_commands(accounts.CONTRACT)]
    opened_twice = ["AccountOpened", "AccountOpened"]
    closed_twice = ["AccountOpened", "AccountClosed", "AccountClosed"]
    spent_twice = ["AccountOpened", "MoneyDeposited", "MoneyWithdrawn", "MoneyWithdrawn"]
    assert [race for race in (opened_twice, closed_twice, spent_twice) if race not in races] == []


@pytest.mark.parametrize("short_scenarios", [
    for_sweeps.concurrent_commands, for_sweeps.overlapping_repeatable])
def test_rivals(short_scenarios: Callable[[Contract], tuple[Scenario, ...]]) -> None:
    """Two statuses race each other, of which one forbids the other."""
    races = [[parse_json(str(branch[0].body)).get("status") for branch in step.branches]
             for scenario in short_scenarios(DOOR) for step in scenario.steps
             if isinstance(step, Concurrently)]
    assert ["shut", "walled"] in races
    assert ["open", "walled"] not in races, "the first changes nothing"


@CONTRACTS
@pytest.mark.parametrize("short_scenarios", [
    for_sweeps.command_sequences, for_sweeps.concurrent_deliveries, for_sweeps.concurrent_reads,
])
def test_accepted(
    contract: Contract, short_scenarios: Callable[[Contract], tuple[Scenario, ...]]
) -> None:
    """The rules accept every command of a short scenario."""
    decisions = [acceptances(contract, scenario) for scenario in short_scenarios(contract)]
    assert len(decisions) > 0
    assert [each for each in decisions if not each or not all(each)] == []


@CONTRACTS
def test_early_delivery(contract: Contract) -> None:
    """An event may be delivered while its command is under way, before what it tells is stored."""
    blocks = [step for scenario in for_sweeps.concurrent_deliveries(contract)
              for step in scenario.steps if isinstance(step, Concurrently)]
    found = [[type(step) for branch in block.branches for step in branch] for block in blocks]
    assert [Send, Deliver] in found


@pytest.mark.parametrize("contract", [orders.CONTRACT, accounts.CONTRACT])
def test_long_reads(contract: Contract) -> None:
    """One view of more than ten events is read beside the delivery of the latest."""
    *_, long = for_sweeps.concurrent_reads_of_any_length(contract)
    block = long.steps[-1]

    assert sum(isinstance(step, Send) for step in long.steps) > 10
    assert isinstance(block, Concurrently)
    assert {type(step) for branch in block.branches for step in branch} == {Query, Deliver}


@pytest.mark.parametrize("contract", [orders.CONTRACT, accounts.CONTRACT])
def test_long_lives_show_their_order(contract: Contract) -> None:
    """In a long life neighbours differ, and a view with another version last is another view."""
    lives = for_sweeps.long_lives(contract)
    assert lives
    for scenario in lives:
        sent = [str(step.body) for step in scenario.steps if isinstance(step, Send)]
        bodies = sent[:-REPEATED]

        assert all(acceptances(contract, scenario)[:len(bodies)])
        assert [body for body, other in pairwise(bodies) if body == other] == []
        assert bodies[-1] not in bodies[:-1]
