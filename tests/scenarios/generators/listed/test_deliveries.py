"""Listed deliveries: every order, every redelivery, batches, for both contracts."""

from collections import Counter
from itertools import pairwise
from math import factorial

from harness.core.contract import Contract
from harness.core.faults import FaultKind
from harness.core.json_values import parse_json
from harness.core.scenario import (
    Batch,
    ColdStart,
    Deliver,
    Fault,
    Redeliver,
    Scenario,
    Send,
    Settle,
)
from scenarios.domains import orders
from scenarios.generators.commands import all_accepted
from scenarios.generators.listed import deliveries
from tests.scenarios.decisions import BOTH, accepted


@BOTH
def test_orders(contract: Contract) -> None:
    """A life's events come in every order but the one they were published in."""
    ways: dict[tuple[Send, ...], set[tuple[int, ...]]] = {}
    *listed, _ = deliveries.reorderings(contract)
    for scenario in (s for s in listed if ColdStart() not in s.steps):
        life = tuple(s for s in scenario.steps if isinstance(s, Send))
        picks = tuple(s.pick for s in scenario.steps if isinstance(s, Deliver))
        ways.setdefault(life, set()).add(picks)

    assert ways
    assert all(len(orders) == factorial(len(life)) - 1 for life, orders in ways.items())


@BOTH
def test_each_order_twice(contract: Contract) -> None:
    """In some scenario each event of a life comes twice in a row, in each order."""
    scenarios = deliveries.duplicates(contract)
    twice = [s.steps for s in scenarios if sum(isinstance(x, Settle) for x in s.steps) > 1]

    assert twice
    for steps in twice:
        assert all(after == Redeliver() for step, after in pairwise(steps)
                   if isinstance(step, Deliver))
        assert sum(isinstance(step, Deliver) for step in steps) == factorial(3) * 3


@BOTH
def test_memory_between(contract: Contract) -> None:
    """Events are redelivered where no environment remembers them."""
    lost = [s for s in deliveries.duplicates(contract) if ColdStart() in s.steps]

    assert lost
    assert all(isinstance(scenario.steps[-1], Redeliver) for scenario in lost)


@BOTH
def test_begun_again(contract: Contract) -> None:
    """Each event but the last of a life that ends comes last once, and all are redelivered."""
    late, *others = deliveries.resurrections(contract)
    repeated = [scenario for scenario in others if ColdStart() in scenario.steps]
    sent = [parse_json(step.body)[contract.id_member]
            for step in late.steps if isinstance(step, Send)]
    events = Counter(sent)

    assert repeated
    assert all(accepted(contract, late))
    assert len(events) == sum(sum(isinstance(s, Redeliver) for s in x.steps) - 1 for x in repeated)
    assert sum(isinstance(step, Deliver) for step in late.steps) == events.total()


def test_orders_begin_again() -> None:
    """Orders begin again, also with an update before their end or after their new beginning."""
    created, updated, deleted = orders.CONTRACT.types
    kinds = [[parse_json(s.body)["type"] for s in scenario.steps if isinstance(s, Send)]
             for scenario in deliveries.resurrections(orders.CONTRACT)[1:]]

    assert [created, updated, deleted, created] in kinds
    assert [created, deleted, created, updated] in kinds


@BOTH
def test_poisoned_batches(contract: Contract) -> None:
    """The records beside an invalid one belong to different aggregates."""
    poisoned = [scenario for scenario in deliveries.event_batches(contract)
                if isinstance(scenario.steps[-1], Batch) and scenario.steps[-1].poison is not None]
    assert poisoned
    for scenario in poisoned:
        sent = _ids(contract, scenario)
        assert len(set(sent)) == len(sent) > 2


@BOTH
def test_next_one_behind(contract: Contract) -> None:
    """A record that fails has the next one of its aggregate behind it, at once or after another."""
    twice = [_ids(contract, scenario) for scenario in deliveries.event_batches(contract)
             if len(set(_ids(contract, scenario))) < len(_ids(contract, scenario))]
    assert [len(ids) for ids in twice] == [2, 3]
    assert all(ids[0] == ids[-1] for ids in twice)


def _ids(contract: Contract, scenario: Scenario) -> list[str]:
    return [parse_json(s.body)[contract.id_member] for s in scenario.steps if isinstance(s, Send)]


def test_large_batches() -> None:
    """One batch has more records than ten entries of PutEvents or 25 items of a batch."""
    batches = [step.size for scenario in deliveries.event_batches(orders.CONTRACT)
               for step in scenario.steps if isinstance(step, Batch)]
    assert max(batches) > 25


def test_batches_to_pass_on() -> None:
    """Some entries of a request that a relay makes for a batch are not published."""
    last = deliveries.batches_to_pass_on(orders.CONTRACT)[-1]
    assert last.steps[-2] == Fault("projection", "PutEvents", 0, FaultKind.SOME_ENTRIES)
    assert isinstance(last.steps[-1], Batch)


@BOTH
def test_failures_in_batches(contract: Contract) -> None:
    """In a batch the first record fails, one amid it, or all of them; on both sides."""
    for listing in (deliveries.event_batches, deliveries.command_batches):
        failing = [step for scenario in listing(contract) for step in scenario.steps
                   if isinstance(step, Fault)]
        assert {(fault.nth, fault.lasting) for fault in failing} >= {(0, True), (1, False)}


@BOTH
def test_backwards(contract: Contract) -> None:
    """The events of one life come backwards: eleven wait for the first one."""
    steps = deliveries.reorderings(contract)[-1].steps
    assert [step.pick for step in steps if isinstance(step, Deliver)] == [*range(11, -1, -1)]


@BOTH
def test_refused_again(contract: Contract) -> None:
    """A command is refused, and its message comes again when the rules would accept it."""
    (scenario,) = deliveries.refused_again(contract)
    *before, refused, enabling = [s.body for s in scenario.steps if isinstance(s, Send)]
    accepted = (*before, enabling, refused)

    assert not all_accepted(contract, (*before, refused))
    assert all_accepted(contract, accepted)
    assert scenario.steps[-1] == Redeliver(1)
