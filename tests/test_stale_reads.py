"""Reads that are eventually consistent show what is past; who relies on them is found.

Source: DynamoDB Developer Guide, "DynamoDB read consistency".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from harness.core import history
from harness.core.faults import ANY_OPERATION, FaultKind
from harness.core.history import Called, History, Reply, Role, Sent
from harness.core.scenario import Concurrently, Deliver, Fault, Query, Scenario, Send, Settle, Step
from harness.core.verdict import Outcome
from harness.explore.profiles import PROFILES
from harness.explore.sweep.stale import stale_deliveries, stale_reads
from harness.mutants.catalogue import Implementation
from harness.oracle.checks.sessions import reads_of_views
from harness.oracle.ledger_building import build_ledger
from harness.report.scenario_text import describe
from harness.stages.embedded.stage import MotoStage
from scenarios.domains.orders import CONTRACT
from tests.false_alarms import campaign_on
from tests.harness.playground import answer, playground
from tests.miniatures.building import Change
from tests.systems.building import System, _build
from tests.systems.catalogue import SYSTEMS
from tests.systems.lockers.broken import BEHIND

STALE = Fault(Role.COMMAND.value, ANY_OPERATION, 0, FaultKind.STALE, lasting=True)
READ = "answer = dynamodb.get_item(TableName=table, Key={{'id': {{'S': 'a'}}}}{}).get('Item')"
PUT = "dynamodb.put_item(TableName=table, Item={{'id': {{'S': 'a'}}, 'n': {{'N': '{}'}}}})"
FIRST = {"id": {"S": "a"}, "n": {"N": "1"}}
SECOND = {"id": {"S": "a"}, "n": {"N": "2"}}


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[MotoStage]:
    with playground(tmp_path) as opened:
        opened.start(fresh=False, always_cold=False)
        answer(opened, PUT.format(1))
        answer(opened, PUT.format(2))
        yield opened


class TestReads:
    def test_earlier_state(self, stage: MotoStage) -> None:
        """A read shows what there was before the latest write, and the next one what there is."""
        stage.arm(STALE)
        assert [answer(stage, READ.format("")) for _ in range(2)] == [FIRST, SECOND]

    def test_consistent(self, stage: MotoStage) -> None:
        """A read that asks for consistency shows what there is."""
        stage.arm(STALE)
        assert answer(stage, READ.format(", ConsistentRead=True")) == SECOND

    def test_nothing_before(self, tmp_path: Path) -> None:
        """A write of the same invocation alone leaves nothing earlier to show."""
        with playground(tmp_path) as stage:
            stage.start(fresh=False, always_cold=False)
            stage.arm(STALE)
            assert answer(stage, PUT.format(1) + "\n" + READ.format("")) == FIRST

    def test_own_writes(self, stage: MotoStage) -> None:
        """The state that is shown did exist: own writes after it are not there either."""
        stage.arm(STALE)
        assert answer(stage, PUT.format(3) + "\n" + READ.format("")) == FIRST

    def test_query(self, stage: MotoStage) -> None:
        stage.arm(STALE)
        assert answer(stage, "answer = dynamodb.scan(TableName=table)['Items']") == [FIRST]


def _parcels() -> System:
    return next(system for system in SYSTEMS if system.name == "parcels")


def test_a_condition_protects(tmp_path: Path) -> None:
    """A system whose reads may be behind, and whose writes are conditional, is not blamed."""
    parcels = _parcels()
    behind = Change("app/store.py", '"ConsistentRead": True,\n             "Exp', '"Exp')
    row = Implementation("behind", parcels.contract, partial(_build, parcels, (behind,)),
                         dialect=parcels.dialect)
    with campaign_on(row, tmp_path, PROFILES["smoke"], 1) as campaign:
        verdict = campaign.examine("CMD-05")
    assert (verdict.outcome, verdict.other_requirements) == (Outcome.PASSED, {})


def test_a_projection_whose_writes_are_conditional_is_spared(tmp_path: Path) -> None:
    """A projection that reads what is past, and then is refused its write, tries again."""
    lockers = next(system for system in SYSTEMS if system.name == "lockers-stream")
    row = Implementation("behind", lockers.contract, partial(_build, lockers, BEHIND),
                         dialect=lockers.dialect)
    with campaign_on(row, tmp_path, PROFILES["smoke"], 1) as campaign:
        verdict = campaign.examine("PRJ-01")
    assert (verdict.outcome, verdict.other_requirements) == (Outcome.PASSED, {})


def test_a_refusal_of_what_is_behind_is_spared(tmp_path: Path) -> None:
    """A command that does not see what came just before may be refused."""
    parcels = _parcels()
    row = parcels.broken[-1]
    register = '{"type": "ParcelRegistered", "parcelId": "~a", "to": "x"}'
    scan = '{"type": "ParcelScanned", "parcelId": "~a", "at": "x", "grams": 1}'
    steps = (Send(register), STALE, Send(scan))
    with campaign_on(row, tmp_path, PROFILES["smoke"], 1) as campaign:
        found = campaign.replay("CMD-05", Scenario(steps))
    replies = [sent.reply for sent in found.history.of(Sent)]
    assert (replies, found.violation) == ([Reply.ACCEPTED, Reply.INDEFINITE], None)


class TestSweep:
    ONE, TWO = Send("one", key="k"), Send("two")

    def _swept(self, base: Scenario, *, eventual: bool) -> list[tuple[Step, ...]]:
        call = Called(Role.COMMAND, "c", 1, "dynamodb", "Query", "t", "", 200, None,
                      eventual=eventual)
        made = History("n", history.System(), (call,))
        return [scenario.steps for scenario in stale_reads([base], lambda _: made)]

    def test_the_last_command(self) -> None:
        """Its reads are behind, where it comes after the others."""
        base = Scenario((Concurrently(((self.ONE,), (self.TWO,))),))
        assert self._swept(base, eventual=True) == [
            (self.ONE, STALE, self.TWO),
            (self.ONE, Fault("command", "*", 0, FaultKind.STALE), self.TWO)]

    def test_a_repetition(self) -> None:
        """A command whose repetition can be told comes again, and does not see itself."""
        assert (self.ONE, STALE, self.ONE) in self._swept(Scenario((self.ONE,)), eventual=True)

    def test_the_last_delivery(self) -> None:
        """Reads of the last delivery are behind, and not those of what settles afterwards."""
        read = Called(Role.PROJECTION, "p", 2, "dynamodb", "Query", "t", "", 200, None,
                      eventual=True)
        later = replace(read, invocation=3, eventual=False)
        made = History("n", history.System(), (read, later))
        early = (self.ONE, self.TWO, Deliver(1))
        bases = [Scenario(early), Scenario((self.ONE, self.TWO))]
        behind = Fault("projection", ANY_OPERATION, 0, FaultKind.STALE, lasting=True)
        assert [found.steps for found in stale_deliveries(bases, lambda _: made)] == [
            (self.ONE, self.TWO, behind, Deliver(1)),
            (self.ONE, self.TWO, replace(behind, lasting=False), Deliver(1))]

    def test_none(self) -> None:
        """Nothing is tried where no command function has such a read."""
        base = Scenario((self.ONE, Settle(), Query("~a")))
        assert self._swept(base, eventual=False) == []


def test_a_query_that_may_be_behind_is_told() -> None:
    """A plain GetItem of a query is no fault; the report names it."""
    calls = tuple(Called(Role.QUERY, "q", n, "dynamodb", "GetItem", "views", "a", 200, None,
                         eventual=n > 0) for n in range(3))
    made = History("n", history.System(), calls)
    facts = reads_of_views(CONTRACT, made, build_ledger(CONTRACT, made))
    assert facts["GetItem of views may show an earlier view"] == (2, 3)


def test_the_step_in_words() -> None:
    """A step that shows an earlier state says which read it is about."""
    line = describe(CONTRACT, STALE)
    assert line == ("The command function's 1st eventually consistent read from now, and every "
                    "later one of that invocation: earlier state")
