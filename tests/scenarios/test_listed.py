"""The lists that every run goes through, for both contracts."""

from itertools import chain
from math import factorial

import pytest

from harness.attribution import real
from harness.contract import Accepted, Contract, Flaw
from harness.scenario import Deliver, Query, Scenario, Send
from harness.wire import parse_json
from scenarios import accounts, listed, orders
from scenarios.hostile import NEAR_KEYS, UNKNOWN
from scenarios.values import HOSTILE_IDS

BOTH = pytest.mark.parametrize("contract", [orders.CONTRACT, accounts.CONTRACT],
                               ids=lambda contract: contract.name)


def accepted(contract: Contract, scenario: Scenario) -> list[bool]:
    """What contract and rules say to each command, one after another."""
    states, found = {}, []
    for sent in (step for step in scenario.steps if isinstance(step, Send)):
        command = contract.read(None if sent.body is None else real(sent.body)).command
        if command is None:
            found.append(False)
            continue
        id = contract.aggregate(command)
        state = states.get(id, contract.initial)
        found.append(isinstance(contract.decide(state, command), Accepted))
        if found[-1]:
            states[id] = contract.evolve(state, command)
    return found


@BOTH
def test_values(contract: Contract) -> None:
    """Telling values come in commands that have to be accepted."""
    scenarios = listed.telling_values(contract)
    bodies = [parse_json(s.body) for x in scenarios for s in x.steps if isinstance(s, Send)]

    assert all(all(accepted(contract, scenario)) for scenario in scenarios)
    for kind, members in contract.types.items():
        sent = [body for body in bodies if body["type"] == kind]
        for name, member in members.items():
            if member.required and kind != "MoneyWithdrawn":  # not all can be withdrawn at once
                assert set(member.telling) <= {body.get(name) for body in sent}


@BOTH
def test_unknown_members(contract: Contract) -> None:
    """Every type comes with every member that nobody asked for, where it would be accepted."""
    scenarios = listed.unknown_members(contract)

    assert len(scenarios) == len(contract.types)
    for scenario in scenarios:
        assert all(accepted(contract, scenario))
        names = set(chain.from_iterable(parse_json(s.body) for s in scenario.steps
                                        if isinstance(s, Send)))
        assert names >= UNKNOWN.keys()


@BOTH
@pytest.mark.parametrize("listing", [listed.hostile_ids, listed.no_objects, listed.no_types])
def test_refused(contract: Contract, listing: object) -> None:
    """What is no command has no chance, whatever came before."""
    assert callable(listing)
    for scenario in listing(contract):
        verdicts = accepted(contract, scenario)
        good = verdicts.index(False) if False in verdicts else len(verdicts)
        assert not any(verdicts[good:])


@BOTH
def test_hostile_queries(contract: Contract) -> None:
    """Hostile ids are queried, too."""
    queried = {s.id for x in listed.hostile_ids(contract) for s in x.steps if isinstance(s, Query)}
    assert len(queried & set(HOSTILE_IDS)) >= len(HOSTILE_IDS) - 1


@BOTH
def test_around(contract: Contract) -> None:
    """A command with more around it is no JSON object."""
    _, scenario = listed.no_objects(contract)
    flaws = {contract.read(real(s.body)).flaw for s in scenario.steps if isinstance(s, Send)}

    assert flaws == {Flaw.BODY}


@BOTH
def test_reused_keys(contract: Contract) -> None:
    """Every type's command comes first, and its key with other commands, member by member."""
    for scenario in listed.reused_keys(contract):
        keyed = [parse_json(s.body) for s in scenario.steps if isinstance(s, Send) and s.key]
        changed = {name for other in keyed for name in other.keys() | keyed[0].keys()
                   if other["type"] == keyed[0]["type"] and other.get(name) != keyed[0].get(name)}

        assert {other["type"] for other in keyed} == set(contract.types)
        assert changed == set(contract.types[keyed[0]["type"]])


@BOTH
def test_many_keys(contract: Contract) -> None:
    """Keys that are near each other are used on one aggregate, and so are more than a page has."""
    used: dict[str, set[str]] = {}
    for scenario in listed.repeated_keys(contract):
        for sent in (s for s in scenario.steps if isinstance(s, Send) and s.key):
            used.setdefault(parse_json(sent.body)[contract.id_member], set()).add(str(sent.key))

    assert max(map(len, used.values())) == listed.MANY_KEYS
    assert all(any(keys >= set(near) for keys in used.values()) for near in NEAR_KEYS)


@BOTH
def test_lives(contract: Contract) -> None:
    """Lives with telling values go up to where the rules turn, and then end; nearly all can."""
    scenarios = listed.lives(contract)
    states = {}
    for sent in (s for scenario in scenarios for s in scenario.steps if isinstance(s, Send)):
        command = contract.read(real(sent.body)).command
        assert command is not None
        state = states.get(contract.aggregate(command), contract.initial)
        if isinstance(contract.decide(state, command), Accepted):
            states[contract.aggregate(command)] = contract.evolve(state, command)

    assert scenarios
    assert sum(contract.view(state) is not None for state in states.values()) <= 1
    assert not all(all(accepted(contract, scenario)) for scenario in scenarios)


@BOTH
def test_orders(contract: Contract) -> None:
    """A life's events come in every order but the one they were published in."""
    ways: dict[tuple[Send, ...], set[tuple[int, ...]]] = {}
    for scenario in listed.every_order(contract):
        life = tuple(s for s in scenario.steps if isinstance(s, Send))
        picks = tuple(s.pick for s in scenario.steps if isinstance(s, Deliver))
        ways.setdefault(life, set()).add(picks)

    assert ways
    assert all(len(orders) == factorial(len(life)) - 1 for life, orders in ways.items())


@BOTH
def test_side_by_side(contract: Contract) -> None:
    """No id in a list of accepted commands is another's prefix."""
    for scenario in listed.unknown_members(contract):
        ids = {parse_json(s.body)[contract.id_member] for s in scenario.steps
               if isinstance(s, Send)}
        assert len({len(id) for id in ids}) == 1
