"""Versions in generated scenarios: right ones, stale ones and none."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from harness.core.bodies import with_namespace
from harness.core.contract import Contract
from harness.core.history import Reply
from harness.core.json_values import parse_json
from harness.core.ledger import Expect
from harness.core.scenario import Concurrently, Scenario, Send
from scenarios.domains.orders import CONTRACT as ORDERS
from scenarios.generators.commands import simplest_bodies
from scenarios.generators.versions import with_versions
from tests.harness.histories import Story
from tests.harness.oracle.test_versions import FREE, REQUIRED

CREATE, UPDATE = simplest_bodies(ORDERS)[:2]


def versions(scenario: Scenario) -> list[Any]:
    return [parse_json(str(step.body)).get("ifVersion") for step in scenario.steps
            if isinstance(step, Send)]


def expected(contract: Contract, scenario: Scenario) -> list[set[Expect]]:
    """The replies that are right, for commands sent one after the other."""
    story = Story(contract=contract)
    for step in scenario.steps:
        if isinstance(step, Send):
            story.send(with_namespace(str(step.body)), reply=Reply.QUEUED, key=step.key)
    return [set(judged.expected) for judged in story.ledger.commands]


def test_right() -> None:
    """Commands on an order that a view shows name the version of its latest event."""
    scenario = with_versions(REQUIRED, Scenario((Send(CREATE), Send(UPDATE), Send(UPDATE))))
    assert versions(scenario) == [None, 0, 1]


def test_repeated() -> None:
    """A repetition names the version that it named at first."""
    sent = Send(UPDATE, key="k")
    assert versions(with_versions(REQUIRED, Scenario((Send(CREATE), sent, sent)))) == [None, 0, 0]


def test_at_once() -> None:
    """Commands at once name the version there was before them."""
    both = Concurrently(((Send(UPDATE),), (Send(UPDATE),)))
    found = with_versions(REQUIRED, Scenario((Send(CREATE), both, Send(UPDATE))))
    block = found.steps[1]
    assert isinstance(block, Concurrently)
    assert (versions(Scenario(sum(block.branches, ()))), versions(found)) == ([0, 0], [None, 1])


def test_listed_wrong_ones() -> None:
    """Stale versions, those to come and missing ones are listed among the refusals."""
    listed = REQUIRED.explorations["API-07"].short_scenarios
    found = [expected(REQUIRED, scenario) for scenario in listed(REQUIRED)[:2]]
    assert [each[-4:] for each in found] == [[{Expect.REFUSE}] * 3 + [{Expect.ACCEPT}]] * 2


@given(st.data())
def test_drawn(data: st.DataObject) -> None:
    """A command that the base accepts first is accepted with its version as well."""
    drawn = FREE.explorations["PRJ-01"].generator(FREE)
    found = expected(FREE, data.draw(drawn))
    assert {Expect.REFUSE} not in found[:1]
