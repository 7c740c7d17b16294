"""Listed lives: tricky values, refusals, ends and new beginnings, for both contracts."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import Any

from harness.core.contract import Contract
from harness.core.json_values import parse_json
from harness.core.scenario import (
    ColdStart,
    Deliver,
    Query,
    Redeliver,
    Scenario,
    Send,
    Settle,
)
from scenarios.domains import accounts, orders
from scenarios.generators import lifetimes
from scenarios.generators.commands import state_after
from scenarios.generators.listed import lives
from tests.scenarios.decisions import BOTH, accepted


@BOTH
def test_values(contract: Contract) -> None:
    """Tricky values come in commands that the rules accept."""
    scenarios = lives.tricky_values(contract)
    bodies = [parse_json(s.body) for x in scenarios for s in x.steps if isinstance(s, Send)]

    assert scenarios
    assert all(all(accepted(contract, scenario)) for scenario in scenarios)
    checked = 0
    for kind, members in contract.types.items():
        sent = [body for body in bodies if body["type"] == kind]
        for name, member in members.items():
            if member.required and kind != "MoneyWithdrawn":  # not all can be withdrawn at once
                checked += 1
                assert set(member.tricky) <= {body.get(name) for body in sent}
    assert checked > 1


@BOTH
def test_refusals(contract: Contract) -> None:
    """Every command is refused somewhere; between the refused ones stand few accepted ones."""
    scenarios = lives.refusals(contract)

    assert {body["type"] for body in _refused(contract, scenarios)} == set(contract.types)
    assert all(accepted(contract, scenario).count(True) <= lifetimes.LONGEST_SHORT_LIFE
               for scenario in scenarios)


def test_turns() -> None:
    """Withdrawals that the rules refuse exceed the balance by a cent."""
    contract = accounts.CONTRACT
    amounts = {body.get("amount") for body in _refused(contract, lives.refusals(contract))}

    assert {Decimal("0.01"), Decimal("0.11"), Decimal("0.21")} <= amounts


@BOTH
def test_lives(contract: Contract) -> None:
    """Lives with tricky values reach the rules' boundaries and then end, where they can.

    As many lives have the values and nothing else. One stops at a boundary, and in one each event
    finds new environments.
    """
    others = (*lives.second_lives(contract), *lives.changed_one_by_one(contract))
    scenarios = [s for s in lives.lives(contract) if s not in others]
    cold = [s for s in scenarios if ColdStart() in s.steps]
    scenarios = [s for s in scenarios if s not in cold]
    begun = [s for s in scenarios if not any(isinstance(step, Query) for step in s.steps)]
    scenarios = [s for s in scenarios if s not in begun]
    nearly = [s for s in begun if not all(accepted(contract, s))]
    begun = [s for s in begun if s not in nearly]
    sent = [tuple(s.body for s in x.steps if isinstance(s, Send)) for x in scenarios]
    left = [life for life in sent if contract.view(state_after(contract, life)) is not None]

    assert sent
    assert len(cold) == 1
    assert len(begun) == len(scenarios)
    assert len(nearly) == (contract is accounts.CONTRACT)
    assert len(left) <= 1
    assert not any(all(accepted(contract, scenario)) for scenario in scenarios)


@BOTH
def test_one_by_one(contract: Contract) -> None:
    """Successive commands differ in one member, and some lack the optional members."""
    (scenario,) = lives.changed_one_by_one(contract)
    bodies = [parse_json(s.body) for s in scenario.steps if isinstance(s, Send)]
    repeated = [body for body in bodies if body["type"] == bodies[-1]["type"]]
    members = contract.types[repeated[0]["type"]]

    assert all(accepted(contract, scenario))
    assert {name for one, other in pairwise(repeated) for name in members
            if one.get(name) != other.get(name)} == set(members)
    assert {name for body in repeated for name in members.keys() - body.keys()} == {
        name for name, member in members.items() if not member.required}


def test_a_sum_is_reached() -> None:
    """Two numbers that floats add wrongly reach a number that came before them."""
    found = lives.reaching_a_sum(accounts.CONTRACT)
    numbers = [[parse_json(str(step.body)).get("amount") for step in scenario.steps
                if isinstance(step, Send)] for scenario in found]
    assert [None, *map(Decimal, ("0.3", "0.1", "0.2"))] in numbers


def test_second_lives() -> None:
    """An aggregate that begins again shows no members of its first life."""
    (scenario,) = lives.second_lives(orders.CONTRACT)
    kinds: dict[str, list[str]] = {}
    for step in scenario.steps:
        assert isinstance(step, Send)
        document = parse_json(step.body)
        kinds.setdefault(document["orderId"], []).append(document["type"])

    created, updated, deleted = orders.CONTRACT.types
    assert [created, updated, deleted, created] in kinds.values()
    assert [created, deleted, created, updated] in kinds.values()
    assert [*[created, deleted] * 3, created] in kinds.values()


def test_closed_for_good() -> None:
    """A closed account has no second life."""
    assert lives.second_lives(accounts.CONTRACT) == ()


@BOTH
def test_long_lives(contract: Contract) -> None:
    """Of more than twenty events the latest comes second, and later on the oldest once more."""
    scenario = lives.long_histories(contract)[1]
    sent = scenario.steps.index(Deliver())

    assert sent > 20
    assert all(accepted(contract, scenario))
    assert scenario.steps[sent + 1] == Deliver(sent - 2)
    assert scenario.steps[-1] == Redeliver(sent - 1)


@BOTH
def test_long_lives_end(contract: Contract) -> None:
    """One of them ends, is read when it has, begins again where it may, and is gone in the end."""
    steps = lives.long_histories(contract)[2].steps
    read = steps.index(Query("~a"))
    to_the_end = tuple(str(step.body) for step in steps[:read] if isinstance(step, Send))
    whole = tuple(str(step.body) for step in steps if isinstance(step, Send))

    assert steps[-1] == Redeliver(lifetimes.LONG_LIFE - 1)
    assert all(accepted(contract, Scenario(steps[:read])))
    assert contract.view(state_after(contract, to_the_end)) is None
    assert contract.view(state_after(contract, whole)) is None


@BOTH
def test_a_life_grows_past_nine(contract: Contract) -> None:
    """Nine events are projected before the tenth is made, ten before the last; then refusals."""
    scenario = lives.long_histories(contract)[0]
    places = [n for n, step in enumerate(scenario.steps) if step == Settle()]
    taken = accepted(contract, scenario)

    assert places == [9, 11]
    assert taken == [True] * 11 + [False] * (len(taken) - 11)
    assert len(taken) > 11


@BOTH
def test_each_needs_the_last(contract: Contract) -> None:
    """A state without one of the first 25 events refuses what is right, or takes what is wrong."""
    scenario = lives.long_histories(contract)[3]
    bodies = tuple(str(step.body) for step in scenario.steps if isinstance(step, Send))
    taken = accepted(contract, scenario)

    for lost in range(25):
        without = accepted(contract, Scenario(tuple(
            Send(body) for place, body in enumerate(bodies) if place != lost)))
        assert without != [*taken[:lost], *taken[lost + 1:]]


@BOTH
def test_the_tenth_is_another(contract: Contract) -> None:
    """The tenth command is accepted and unlike the nine before it; what follows is refused."""
    found = lives.long_histories(contract)[4:]
    taken = [accepted(contract, scenario) for scenario in found]
    assert found
    assert [each[:10] for each in taken] == [[True] * 10] * len(found)
    assert not any(any(each[10:]) for each in taken)
    assert all(scenario.steps[9] != scenario.steps[8] for scenario in found)


def test_no_long_life() -> None:
    """A contract of which no command can follow on itself has none."""
    once = replace(orders.CONTRACT, types={"OrderCreated": orders.CONTRACT.types["OrderCreated"]})
    assert lives.long_histories(once) == ()


@BOTH
def test_reads_all_along(contract: Contract) -> None:
    """A view is read before and after each command of a life, in warm environments."""
    read = [s for s in lives.warm_and_cold(contract) if s.steps[0] == Query("~a")]

    assert read
    for scenario in read:
        places = [n for n, step in enumerate(scenario.steps) if isinstance(step, Send)]
        assert places
        assert all(scenario.steps[n + 1 : n + 3] == (Settle(), Query("~a")) for n in places)


def _refused(contract: Contract, scenarios: Iterable[Scenario]) -> list[dict[str, Any]]:
    return [parse_json(step.body or "") for scenario in scenarios
            for step, good in zip(scenario.steps, accepted(contract, scenario), strict=True)
            if isinstance(step, Send) and not good]
