"""One play on a remote stage: what its history records of time, overlap and what lies behind."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from typing import Any

import pytest

from harness.core.clock import FakeClock
from harness.core.errors import StageError
from harness.core.history import History, Item, Queried, Reply, Sent, Settled, Stored, System
from harness.core.http import NO_ANSWER, Request, Response
from harness.core.pace import Pace
from harness.core.scenario import Concurrently, Deliver, Query, Scenario, Send, Settle
from harness.core.violation import Kind
from harness.oracle.checks import judge
from harness.play.runner import play
from harness.stages.deployed.evidence import NoEvidence
from harness.stages.deployed.pool import side_by_side
from harness.stages.deployed.stage import DeployedStage
from scenarios.domains.orders import CONTRACT
from tests.harness.far_away import Orders
from tests.harness.histories import CREATED, DELETED, UPDATED

CREATE, UPDATE, DELETE = (
    Send(json.dumps(command | {"orderId": "~a"})) for command in (CREATED, UPDATED, DELETED))


def played(orders: Orders, *steps: Any, **more: Any) -> History:
    """The history of a scenario."""
    stage = DeployedStage("http", orders, pace=Pace(orders.clock, deadline=10), **more)
    return play(Scenario(steps), stage.play(), CONTRACT)


def kinds(history: History) -> list[Kind]:
    """The violations in it."""
    return [violation.kind for violation in judge(CONTRACT, history)[1]]


class TestSettling:
    def test_reads_until_it_is_right(self) -> None:
        """The last read is the settled one; those before are on the way, and right as such."""
        history = played(Orders(delay=3, clock=FakeClock()), CREATE)
        phases = [read.phase for read in history.of(Queried)]
        assert (phases[-1], set(phases[:-1]), kinds(history)) == ("settled", {"during"}, [])

    def test_in_between(self) -> None:
        """A settling in the midst waits as well, so that what follows finds the view."""
        history = played(Orders(delay=3, clock=FakeClock()), CREATE, Settle(), Query("~a"))
        read = next(read for read in history.of(Queried) if read.step == 2)
        assert read.response.status == 200

    def test_how_long(self) -> None:
        """How long views took is recorded; that they never came, too."""
        slow, never = (played(Orders(delay=delay, clock=FakeClock()), CREATE) for delay in (3, 99))
        seconds = [settled.seconds for each in (slow, never) for settled in each.of(Settled)]
        assert (3 <= seconds[0] < 5, seconds[1], kinds(never)) == (True, -1, [Kind.VIEW_WRONG])

    def test_right_by_chance(self) -> None:
        """A view of nothing, read before anything was projected, is not taken for the end."""
        history = played(Orders(delay=0.5, clock=FakeClock()), CREATE, DELETE)
        assert kinds(history) == []


class Hurdle(Orders):
    """Answers to commands when as many are under way as there are to be."""

    def __init__(self, number: int) -> None:
        super().__init__(clock=FakeClock())
        self._barrier = threading.Barrier(number)

    def command(self, request: Request) -> Response:
        answered = super().command(request)
        self._barrier.wait(10)
        return answered


class TestOverlap:
    def test_is_recorded(self) -> None:
        """Commands that were under way at once overlap in the history."""
        history = played(Hurdle(2), Concurrently(((CREATE,), (CREATE,))))
        ledger, violations = judge(CONTRACT, history)
        assert ([j.overlapped for j in ledger.commands], violations) == ([True, True], [])

    def test_is_not_made_up(self) -> None:
        """Commands of one client after another do not."""
        ledger, _ = judge(CONTRACT, played(Orders(clock=FakeClock()), CREATE, UPDATE))
        assert [judged.overlapped for judged in ledger.commands] == [False, False]

    def test_first_requests_wait_for_each_other(self) -> None:
        """However fast the stage is, branches begin together; one without a request is no bar."""
        orders = Orders(clock=FakeClock())
        block = Concurrently(((CREATE,), (CREATE,), (Settle(),)))
        ledger, _ = judge(CONTRACT, played(orders, block))
        assert [judged.overlapped for judged in ledger.commands] == [True, True]

    def test_errors_come_out(self) -> None:
        """An error in a branch ends the play."""
        with pytest.raises(StageError, match="a step needs bus"):
            played(Orders(clock=FakeClock()), Concurrently(((CREATE,), (Deliver(),))))


class Silent(Orders):
    """Takes the ``nth`` command (counted from 0), and says nothing."""

    def __init__(self, nth: int) -> None:
        super().__init__(clock=FakeClock())
        self._nth = nth

    def command(self, request: Request) -> Response:
        answered = super().command(request)
        commands = sum(request.method == "POST" for request in self.requests)
        return NO_ANSWER if commands == self._nth + 1 else answered


class TestNoAnswer:
    def test_is_indefinite(self) -> None:
        """It blames nobody, whatever the view is in the end."""
        history = played(Silent(0), CREATE)
        assert ([s.reply for s in history.of(Sent)], kinds(history)) == ([Reply.INDEFINITE], [])

    def test_nothing_follows_on_that_aggregate(self) -> None:
        """It may take effect at any later time, so that no order of effects is sure any more."""
        other = Send(json.dumps(CREATED | {"orderId": "~b"}))
        history = played(Silent(0), CREATE, UPDATE, other, DELETE)
        ids = [json.loads(sent.body or "")["orderId"][-1] for sent in history.of(Sent)]
        assert ids == ["a", "b"]

    def test_query(self) -> None:
        """Nor does a query that nobody answers."""

        class Deaf(Orders):
            def query(self, id: str) -> Response:
                return NO_ANSWER

        assert kinds(played(Deaf(clock=FakeClock()), CREATE)) == []


class Bucket(NoEvidence):
    """A look into the store of some orders, and into a table that holds nothing."""

    capabilities = frozenset({"log", "table"})
    system = System()

    def __init__(self, orders: Orders) -> None:
        self._orders = orders

    def objects(self, namespace: str) -> Mapping[str, str]:
        found = {}
        for id, events in self._orders._events.items():
            for version, (_, event) in enumerate(events, start=1):
                key = f"{id}/{version}"
                document = {**event, "eventId": key, "version": version}
                found[key] = json.dumps(document)
        return {key: text for key, text in found.items() if key.startswith(namespace)}


class TestEvidence:
    def test_what_was_stored(self) -> None:
        """After each settling the store is looked at, and what is new is in the history."""
        orders = Orders(clock=FakeClock())
        history = played(orders, CREATE, Settle(), UPDATE, evidence=Bucket(orders))
        stored = [(record.change, record.key.removeprefix(history.namespace))
                  for record in history.of(Stored)]
        assert (stored, kinds(history)) == ([("added", "a/1"), ("added", "a/2")], [])

    def test_what_the_table_holds(self) -> None:
        """The read model's item is recorded where it can be seen, and only there."""
        orders = Orders(clock=FakeClock())
        seen, unseen = played(orders, CREATE, evidence=Bucket(orders)), played(orders, CREATE)
        assert (len(list(seen.of(Item))), len(list(unseen.of(Item)))) == (1, 0)


class TestPool:
    def test_order(self) -> None:
        """Results come in the order of the jobs."""
        assert side_by_side([lambda n=n: n for n in range(50)], 8) == list(range(50))

    def test_error(self) -> None:
        """After an error no further job begins."""
        begun: list[int] = []

        def job(number: int) -> None:
            begun.append(number)
            if number == 3:
                raise StageError("the stage", "is gone")

        with pytest.raises(StageError, match="is gone"):
            side_by_side([lambda n=n: job(n) for n in range(10)], 1)
        assert begun == [0, 1, 2, 3]
