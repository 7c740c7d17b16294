"""The rules' decisions on the commands of a scenario, for tests of the generators."""

from collections.abc import Iterator
from typing import Any

import pytest

from harness.core.bodies import with_namespace
from harness.core.commands import Accepted
from harness.core.contract import Contract
from harness.core.json_values import parse_json
from harness.core.scenario import Scenario, Send, flat
from scenarios.domains import accounts, orders

ALL = (orders.CONTRACT, orders.ARTICLE, accounts.CONTRACT)
BOTH = pytest.mark.parametrize("contract", [orders.CONTRACT, accounts.CONTRACT],
                               ids=lambda contract: contract.name)
CONTRACTS = pytest.mark.parametrize("contract", ALL, ids=lambda contract: contract.name)


def sent(scenario: Scenario) -> list[str]:
    """The bodies that a scenario sends, with the usual namespace."""
    sends = (step for step in flat(scenario) if isinstance(step, Send))
    return [with_namespace(step.body) for step in sends if step.body]


def kinds(scenario: Scenario) -> list[str]:
    """The types of the commands that a scenario sends."""
    return [str(parse_json(body)["type"]) for body in sent(scenario)]


def decided(contract: Contract, scenario: Scenario) -> Iterator[tuple[Any, dict[str, Any], bool]]:
    """Each command with the state before it; True where the rules accept the command."""
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


def acceptances(contract: Contract, scenario: Scenario) -> list[bool]:
    """True for each command that the rules accept, in the order of the scenario."""
    found = [accepted for _, _, accepted in decided(contract, scenario)]
    assert found, "the scenario sends no command"
    return found


def accepted(contract: Contract, scenario: Scenario) -> list[bool]:
    """True for each body sent that is a command and that the rules accept."""
    states: dict[str, Any] = {}
    found: list[bool] = []
    for step in (step for step in scenario.steps if isinstance(step, Send)):
        command = contract.read(None if step.body is None else with_namespace(step.body)).command
        if command is None:
            found.append(False)
            continue
        id = contract.aggregate(command)
        state = states.get(id, contract.initial)
        found.append(isinstance(contract.decide(state, command), Accepted))
        if found[-1]:
            states[id] = contract.evolve(state, command)
    assert found, "the scenario sends nothing"
    return found
