"""The lists that every run goes through, for both contracts."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from itertools import chain, pairwise
from math import factorial
from typing import Any

import pytest

from harness.core.bodies import with_namespace
from harness.core.commands import Acceptance, Accepted, Flaw
from harness.core.contract import Contract
from harness.core.json_values import parse_json
from harness.core.scenario import (
    ColdStart,
    Deliver,
    Fault,
    Query,
    Redeliver,
    Scenario,
    Send,
    Settle,
)
from scenarios.domains import accounts, orders
from scenarios.generators import lists as listed
from scenarios.generators.hostile import NEAR_KEYS, SIZES, UNKNOWN
from scenarios.generators.short import state_after
from scenarios.generators.values import HOSTILE_IDS, neighbours

BOTH = pytest.mark.parametrize("contract", [orders.CONTRACT, accounts.CONTRACT],
                               ids=lambda contract: contract.name)


def accepted(contract: Contract, scenario: Scenario) -> list[bool]:
    """What contract and rules say to each command, one after another."""
    states, found = {}, []
    for sent in (step for step in scenario.steps if isinstance(step, Send)):
        command = contract.read(None if sent.body is None else with_namespace(sent.body)).command
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
                assert set(member.tricky) <= {body.get(name) for body in sent}


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
def test_refusals(contract: Contract) -> None:
    """Every command is refused somewhere; between the refused ones stand few accepted ones."""
    scenarios = listed.refused(contract)

    assert {body["type"] for body in _refused(contract, scenarios)} == set(contract.types)
    assert all(accepted(contract, scenario).count(True) <= listed.LONGEST_LIFE
               for scenario in scenarios)


def test_turns() -> None:
    """What is refused has a cent more than there is."""
    contract = accounts.CONTRACT
    amounts = {body.get("amount") for body in _refused(contract, listed.refused(contract))}

    assert {Decimal("0.01"), Decimal("0.11"), Decimal("0.21")} <= amounts


def _refused(contract: Contract, scenarios: Iterable[Scenario]) -> list[dict[str, Any]]:
    return [parse_json(step.body or "") for scenario in scenarios
            for step, good in zip(scenario.steps, accepted(contract, scenario), strict=True)
            if isinstance(step, Send) and not good]


@BOTH
def test_hostile_commands(contract: Contract) -> None:
    """None of the commands for hostile ids has a chance: neither before nor after a good one."""
    commands, queries = listed.hostile_ids(contract)
    verdicts = accepted(contract, commands)
    assert (verdicts.count(True), accepted(contract, queries)) == (1, [True])
    assert len(verdicts) > 2 * len(HOSTILE_IDS)


@BOTH
@pytest.mark.parametrize("listing", [listed.no_objects, listed.no_types])
def test_refused(contract: Contract, listing: object) -> None:
    """What is no command has no chance, whatever came before."""
    assert callable(listing)
    for scenario in listing(contract):
        verdicts = accepted(contract, scenario)
        good = verdicts.index(False) if False in verdicts else len(verdicts)
        assert not any(verdicts[good:])


@BOTH
def test_hostile_queries(contract: Contract) -> None:
    """Hostile ids are queried, too, but for ends and slashes that routers pass over."""
    queried = {s.id for x in listed.hostile_ids(contract) for s in x.steps if isinstance(s, Query)}
    assert set(HOSTILE_IDS) - queried == {
        "~a\n", "~a\ud800", "~a/", "/~a", "~a/../~a"}


@BOTH
def test_around(contract: Contract) -> None:
    """A command with more around it is no JSON object."""
    _, scenario = listed.no_objects(contract)
    flaws = {contract.read(with_namespace(step.body)).flaw
             for step in scenario.steps if isinstance(step, Send)}

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
def test_refused_with_keys(contract: Contract) -> None:
    """What is refused comes again with its key, and when it would be accepted twice more."""
    (scenario,) = [s for s in listed.repeated_keys(contract)
                   if isinstance(s.steps[0], Send) and not accepted(contract, s)[0]]
    first, again, *_ = scenario.steps

    assert first == again
    assert scenario.steps.count(first) == 4


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
    """Lives with telling values go up to where the rules turn, and then end; nearly all can.

    As many have the values and nothing else.
    """
    others = (*listed.second_lives(contract), *listed.one_by_one(contract))
    scenarios = [s for s in listed.lives(contract) if s not in others]
    begun = [s for s in scenarios if not any(isinstance(step, Query) for step in s.steps)]
    scenarios = [s for s in scenarios if s not in begun]
    lives = [tuple(s.body for s in x.steps if isinstance(s, Send)) for x in scenarios]
    left = [life for life in lives if contract.view(state_after(contract, life)) is not None]

    assert lives
    assert len(begun) == len(scenarios)
    assert all(all(accepted(contract, scenario)) for scenario in begun)
    assert len(left) <= 1
    assert not any(all(accepted(contract, scenario)) for scenario in scenarios)


@BOTH
def test_one_by_one(contract: Contract) -> None:
    """Commands that follow on each other differ in one member, and some lack what they may."""
    (scenario,) = listed.one_by_one(contract)
    bodies = [parse_json(s.body) for s in scenario.steps if isinstance(s, Send)]
    repeated = [body for body in bodies if body["type"] == bodies[-1]["type"]]
    members = contract.types[repeated[0]["type"]]

    assert all(accepted(contract, scenario))
    assert {name for one, other in pairwise(repeated) for name in members
            if one.get(name) != other.get(name)} == set(members)
    assert {name for body in repeated for name in members.keys() - body.keys()} == {
        name for name, member in members.items() if not member.required}


def test_second_lives() -> None:
    """What is made again shows nothing of the members that it had before."""
    (scenario,) = listed.second_lives(orders.CONTRACT)
    kinds: dict[str, list[str]] = {}
    for sent in scenario.steps:
        assert isinstance(sent, Send)
        document = parse_json(sent.body)
        kinds.setdefault(document["orderId"], []).append(document["type"])

    created, updated, deleted = orders.CONTRACT.types
    assert [created, updated, deleted, created] in kinds.values()
    assert [created, deleted, created, updated] in kinds.values()
    assert [*[created, deleted] * 3, created] in kinds.values()


def test_closed_for_good() -> None:
    """Where nothing begins again there is no second life."""
    assert listed.second_lives(accounts.CONTRACT) == ()


@BOTH
def test_orders(contract: Contract) -> None:
    """A life's events come in every order but the one they were published in."""
    ways: dict[tuple[Send, ...], set[tuple[int, ...]]] = {}
    for scenario in (s for s in listed.every_order(contract) if ColdStart() not in s.steps):
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


@BOTH
def test_special_ids(contract: Contract) -> None:
    """Every id that was somebody's bug has a command that is accepted, in an empty system."""
    (scenario,) = listed.special_ids(contract)
    sent = [parse_json(s.body)[contract.id_member] for s in scenario.steps if isinstance(s, Send)]

    assert scenario.fresh
    assert all(accepted(contract, scenario))
    assert sent == list(contract.special_ids)


@BOTH
def test_each_order_twice(contract: Contract) -> None:
    """In some scenario each event of a life comes twice in a row, in each order."""
    scenarios = listed.every_event_again(contract)
    twice = [s.steps for s in scenarios if sum(isinstance(x, Settle) for x in s.steps) > 1]

    assert twice
    for steps in twice:
        assert all(after == Redeliver() for step, after in pairwise(steps)
                   if isinstance(step, Deliver))
        assert sum(isinstance(step, Deliver) for step in steps) == factorial(3) * 3


@BOTH
def test_memory_between(contract: Contract) -> None:
    """Events come again where no environment remembers them."""
    lost = [s for s in listed.every_event_again(contract) if ColdStart() in s.steps]

    assert lost
    assert all(isinstance(scenario.steps[-1], Redeliver) for scenario in lost)


@BOTH
def test_long_lives(contract: Contract) -> None:
    """Of more than twenty events the latest comes second, and later on the oldest once more."""
    scenario = listed.long_lives(contract)[0]
    sent = scenario.steps.index(Deliver())

    assert sent > 20
    assert all(accepted(contract, scenario))
    assert scenario.steps[sent + 1] == Deliver(sent - 2)
    assert scenario.steps[-1] == Redeliver(sent - 1)


@BOTH
def test_long_lives_end(contract: Contract) -> None:
    """One of them ends, is read when it has, begins again where it may, and is gone in the end."""
    steps = listed.long_lives(contract)[-2].steps
    read = steps.index(Query("~a"))
    to_the_end = tuple(str(step.body) for step in steps[:read] if isinstance(step, Send))
    whole = tuple(str(step.body) for step in steps if isinstance(step, Send))

    assert steps[-1] == Redeliver(listed.LONG_LIFE - 1)
    assert all(accepted(contract, Scenario(steps[:read])))
    assert contract.view(state_after(contract, to_the_end)) is None
    assert contract.view(state_after(contract, whole)) is None


@BOTH
def test_begun_again(contract: Contract) -> None:
    """Of lives that end each event but the last comes last of all, and all come again."""
    late, *repeated = listed.begun_again(contract)
    lives: dict[str, int] = {}
    for sent in (step for step in late.steps if isinstance(step, Send)):
        id = parse_json(sent.body)[contract.id_member]
        lives[id] = lives.get(id, 0) + 1

    assert all(accepted(contract, late))
    assert len(lives) == sum(sum(isinstance(s, Redeliver) for s in x.steps) - 1 for x in repeated)
    assert sum(isinstance(step, Deliver) for step in late.steps) == sum(lives.values())


def test_what_begins_again() -> None:
    """Orders do, also with an update before their end or after they began again."""
    created, updated, deleted = orders.CONTRACT.types
    kinds = [[parse_json(s.body)["type"] for s in scenario.steps if isinstance(s, Send)]
             for scenario in listed.begun_again(orders.CONTRACT)[1:]]

    assert [created, updated, deleted, created] in kinds
    assert [created, deleted, created, updated] in kinds


@BOTH
def test_no_utf8(contract: Contract) -> None:
    """Among encoded bodies are commands whose bytes are no UTF-8; they are none."""
    (scenario,) = listed.encoded(contract)
    spoilt = [s for s in scenario.steps if isinstance(s, Send) and "\ud800" in (s.body or "")]

    assert spoilt
    assert all(sent.base64 for sent in spoilt)
    assert not any(accepted(contract, Scenario(tuple(spoilt))))


@BOTH
def test_oversized(contract: Contract) -> None:
    """Every size comes twice, in commands that would be good if they were smaller."""
    (scenario,) = listed.oversized(contract)
    sent = [step for step in scenario.steps if isinstance(step, Send)]

    assert all(accepted(contract, scenario))
    assert [sum(size < len(each.body or "") < size + 500 for each in sent) for size in SIZES] == [
        2] * len(SIZES)


@BOTH
def test_unknown_ids(contract: Contract) -> None:
    """No id that is queried is one that was made, and each is an id."""
    for scenario in listed.unknown_ids(contract):
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


@BOTH
def test_poisoned_batches(contract: Contract) -> None:
    """The records that stand beside a bad one are all of other aggregates."""
    for scenario in listed.poisoned_batches(contract):
        sent = [parse_json(s.body)[contract.id_member] for s in scenario.steps
                if isinstance(s, Send)]
        assert len(set(sent)) == len(sent) > 2


@BOTH
def test_failures_in_batches(contract: Contract) -> None:
    """In a batch the first record fails, one amid it, or all of them; on both sides."""
    for listing in (listed.poisoned_batches, listed.mixed_batches):
        failing = [step for scenario in listing(contract) for step in scenario.steps
                   if isinstance(step, Fault)]
        assert {(fault.nth, fault.lasting) for fault in failing} >= {(0, True), (1, False)}


@BOTH
def test_a_life_grows_past_nine(contract: Contract) -> None:
    """Nine events are projected before the tenth is made, ten before the last; then refusals."""
    scenario = listed.long_lives(contract)[-1]
    places = [n for n, step in enumerate(scenario.steps) if step == Settle()]
    taken = accepted(contract, scenario)

    assert places == [9, 11]
    assert taken == [True] * 11 + [False] * (len(taken) - 11)
    assert len(taken) > 11


def test_no_long_life() -> None:
    """A contract of which no command can follow on itself has none."""
    once = replace(orders.CONTRACT, types={"OrderCreated": orders.CONTRACT.types["OrderCreated"]})
    assert listed.long_lives(once) == ()


@BOTH
def test_reads_all_along(contract: Contract) -> None:
    """What is read before and after each command of a life goes through warm environments."""
    read = [s for s in listed.warm(contract) if s.steps[0] == Query("~a")]

    assert read
    for scenario in read:
        places = [n for n, step in enumerate(scenario.steps) if isinstance(step, Send)]
        assert all(scenario.steps[n + 1 : n + 3] == (Settle(), Query("~a")) for n in places)
