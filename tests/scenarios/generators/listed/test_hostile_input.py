"""Listed hostile input: no body of it is a command that the rules accept."""

from itertools import chain

import pytest

from harness.core.bodies import with_namespace
from harness.core.commands import Acceptance, Flaw
from harness.core.contract import Contract
from harness.core.json_values import parse_json
from harness.core.scenario import (
    Query,
    Scenario,
    Send,
)
from scenarios.domains import accounts
from scenarios.generators.hostile import SIZES, UNKNOWN
from scenarios.generators.listed import hostile_input
from scenarios.generators.values import HOSTILE_IDS, neighbours
from tests.scenarios.decisions import BOTH, CONTRACTS, accepted, sent


@BOTH
def test_unknown_members(contract: Contract) -> None:
    """Every type comes with every unknown member, where the rules would accept the command."""
    scenarios = hostile_input.unknown_members(contract)

    assert len(scenarios) == len(contract.types)
    for scenario in scenarios:
        assert all(accepted(contract, scenario))
        names = set(chain.from_iterable(parse_json(s.body) for s in scenario.steps
                                        if isinstance(s, Send)))
        assert names >= UNKNOWN.keys()


@BOTH
def test_hostile_commands(contract: Contract) -> None:
    """No command for a hostile id is accepted, neither before nor after a good one."""
    commands, queries = hostile_input.hostile_ids(contract)
    verdicts = accepted(contract, commands)
    assert (verdicts.count(True), accepted(contract, queries)) == (1, [True])
    assert len(verdicts) > 2 * len(HOSTILE_IDS)


@BOTH
@pytest.mark.parametrize("listing", [hostile_input.invalid_bodies, hostile_input.invalid_types])
def test_refused(contract: Contract, listing: object) -> None:
    """Every body after the first good commands is refused, and there are many of them."""
    assert callable(listing)
    scenarios = listing(contract)
    assert scenarios
    for scenario in scenarios:
        verdicts = accepted(contract, scenario)
        refused = verdicts[verdicts.index(False):]
        assert len(refused) > 10
        assert not any(refused)


@BOTH
def test_hostile_queries(contract: Contract) -> None:
    """Hostile ids are queried, too, but for ends and slashes that routers pass over."""
    steps = [step for scenario in hostile_input.hostile_ids(contract) for step in scenario.steps]
    queried = {step.id for step in steps if isinstance(step, Query)}
    assert set(HOSTILE_IDS) - queried == {
        "~a\n", "~a\ud800", "~a/", "/~a", "~a/../~a"}


@BOTH
def test_around(contract: Contract) -> None:
    """A command with more around it is no JSON object."""
    _, scenario = hostile_input.invalid_bodies(contract)
    flaws = {contract.read(with_namespace(step.body)).flaw
             for step in scenario.steps if isinstance(step, Send)}

    assert flaws == {Flaw.BODY}


@BOTH
def test_side_by_side(contract: Contract) -> None:
    """No id in a list of accepted commands is another's prefix."""
    scenarios = hostile_input.unknown_members(contract)
    assert scenarios
    for scenario in scenarios:
        ids = {parse_json(s.body)[contract.id_member] for s in scenario.steps
               if isinstance(s, Send)}
        assert len({len(id) for id in ids}) == 1


@BOTH
def test_no_utf8(contract: Contract) -> None:
    """Some encoded bodies are no UTF-8, and no command."""
    (scenario,) = hostile_input.base64_bodies(contract)
    spoilt = [s for s in scenario.steps if isinstance(s, Send) and "\ud800" in (s.body or "")]

    assert spoilt
    assert all(sent.base64 for sent in spoilt)
    assert not any(accepted(contract, Scenario(tuple(spoilt))))


@BOTH
def test_oversized(contract: Contract) -> None:
    """Every size comes twice, in commands that would be good if they were smaller."""
    (scenario,) = hostile_input.oversized(contract)
    sent = [step for step in scenario.steps if isinstance(step, Send)]

    assert all(accepted(contract, scenario))
    assert [sum(size < len(each.body or "") < size + 500 for each in sent) for size in SIZES] == [
        2] * len(SIZES)


@BOTH
def test_unknown_ids(contract: Contract) -> None:
    """No queried id exists, and each is a valid id."""
    scenarios = hostile_input.unknown_ids(contract)
    assert scenarios
    for scenario in scenarios:
        made = {parse_json(s.body)[contract.id_member] for s in scenario.steps
                if isinstance(s, Send)}
        asked = {step.id for step in scenario.steps if isinstance(step, Query)}

        assert len(asked) > 20
        assert not made & asked
        assert all(contract.ids.accepts(with_namespace(id)) is Acceptance.MUST for id in asked)


def test_neighbours() -> None:
    """Among an id's neighbours are its beginnings, longer ones, other cases, other separators."""
    near = neighbours("~a.B-1")
    assert {"~a", "~a.B", "~a.B-1.json", "~a.B-1.", "~a.b-1", "~a_B-1", "~aB-1"} <= set(near)


@CONTRACTS
def test_invalid_members(contract: Contract) -> None:
    """Each scenario makes one member of one command invalid and nothing else."""
    scenarios = hostile_input.invalid_members(contract)
    flaws = [{contract.read(body).flaw for body in sent(scenario)} for scenario in scenarios]
    assert len(scenarios) == sum(map(len, contract.types.values()))
    assert all(Flaw.MEMBER in found <= {Flaw.MEMBER, Flaw.BODY, None} for found in flaws)


def test_all_invalid_values() -> None:
    """Every invalid value of a member is sent."""
    bodies = [body for scenario in hostile_input.invalid_members(accounts.CONTRACT)
              for body in sent(scenario) if "MoneyDeposited" in body]
    bad = ("0", "-1", "0.001", "1000000.01", '"5"', "true", "NaN", "1E+400", "0.011")
    assert [amount for amount in bad
            if not any(f'"amount": {amount}}}' in body for body in bodies)] == []
