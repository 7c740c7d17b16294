"""The projection: any order, any number of deliveries, one view."""

import itertools
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .faults import Crash, Faults
from .simulation import TABLE, System

Body = dict[str, Any]


@pytest.fixture
def history(system: System, created: Body, updated: Body) -> list[Body]:
    """Return the envelopes of an order created and updated twice; none is delivered yet."""
    renamed = {**updated, "customer": "Bob", "updatedAt": "2024-01-02T12:00:00Z"}
    return [system.happened(body) for body in (created, renamed, updated)]


@pytest.fixture
def view(created: Body, updated: Body) -> Body:
    """Return the view of that order."""
    members = {"orderId": "o-1", "customer": "Bob", "createdAt": created["createdAt"]}
    return {**members, "updatedAt": updated["updatedAt"]}


class TestOrder:
    """Reordered, repeated and missing deliveries."""

    def test_in_order(self, system: System, history: list[Body], view: Body) -> None:
        """Events in order lead to the view."""
        system.deliver(*history)
        assert system.get("o-1") == (200, view)

    def test_every_order(self, system: System, history: list[Body], view: Body) -> None:
        """So do events in any order, and each again."""
        views = []
        for order in itertools.permutations(history):
            system.dynamodb.delete_item(TableName=TABLE, Key={"id": {"S": "o-1"}})
            system.deliver(*order, *order)
            views.append(system.get("o-1"))
        assert views == [(200, view)] * 6

    def test_gap_is_filled_from_the_store(
        self, system: System, history: list[Body], view: Body
    ) -> None:
        """The last event alone brings the events before it along."""
        system.deliver(history[-1])
        assert system.get("o-1") == (200, view)

    @pytest.mark.parametrize("number", range(3))
    def test_repeated_event_writes_nothing(
        self, system: System, faults: Faults, history: list[Body], number: int
    ) -> None:
        """An event that the row covers, its latest included, is read and done with."""
        system.deliver(*history)
        before = system.row("o-1")
        client = system.projection.PROJECTOR.read_model.client
        faults.raises(client, "PutItem", AssertionError("the row was written"))
        system.deliver(history[number])
        assert system.row("o-1") == before

    @settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(data=st.data())
    def test_deletions_and_rebirths(
        self, system: System, created: Body, updated: Body, deleted: Body, data: st.DataObject
    ) -> None:
        """Any course of an order's life, delivered in any order, shows as the last one left it."""
        order_id = f"o-{len(system.stored())}"
        lives = data.draw(st.lists(st.sampled_from([created, updated, deleted]), max_size=6))
        bodies = [{**body, "orderId": order_id} for body in lives]
        accepted = [body for body in bodies if system.post(body)[0] == 200]
        exists = bool(accepted) and accepted[-1]["type"] != "OrderDeleted"
        mine = [e for e in system.published() if e["detail"]["orderId"] == order_id]
        system.deliver(*data.draw(st.permutations(mine)))
        assert system.get(order_id)[0] == (200 if exists else 404)


class TestTombstone:
    """Deleted orders stay deleted."""

    def test_late_events_do_not_resurrect(
        self, system: System, history: list[Body], deleted: Body
    ) -> None:
        """Whatever comes after the deletion was before it."""
        system.deliver(system.happened(deleted), *history)
        assert system.get("o-1")[0] == 404

    def test_keeps_its_version_only(
        self, system: System, history: list[Body], deleted: Body
    ) -> None:
        """The row that stays behind has no view."""
        system.deliver(system.happened(deleted))
        tombstone = {"id": {"S": "o-1"}, "version": {"N": "4"}, "deleted": {"BOOL": True}}
        assert system.row("o-1") == tombstone

    def test_new_order_shares_nothing_with_the_old_one(
        self, system: System, history: list[Body], created: Body, deleted: Body
    ) -> None:
        """An order created again has a fresh view."""
        system.deliver(*history, system.happened(deleted), system.happened(created))
        view = {name: value for name, value in created.items() if name != "type"}
        assert system.get("o-1") == (200, view)


class TestRace:
    """Concurrent deliveries and failing calls."""

    def test_reads_again_when_overtaken(
        self, system: System, faults: Faults, history: list[Body], view: Body
    ) -> None:
        """The delivery whose write comes second starts again, and finds what is left to do."""
        client = system.projection.PROJECTOR.read_model.client
        faults.does(client, "PutItem", lambda **_: system.deliver(history[0]))
        system.deliver(history[2])
        assert system.get("o-1") == (200, view)

    @pytest.mark.parametrize("covered", [0, 1])
    def test_overtaken_by_a_later_event(
        self, system: System, faults: Faults, history: list[Body], view: Body, covered: int
    ) -> None:
        """It never writes over what a later event has led to, be its row the first or not."""
        client = system.projection.PROJECTOR.read_model.client
        system.deliver(*history[:covered])
        faults.does(client, "PutItem", lambda **_: system.deliver(history[2]))
        system.deliver(history[covered])
        assert system.get("o-1") == (200, view)

    def test_gives_up_in_the_end(self, system: System, faults: Faults, history: list[Body]) -> None:
        """After five lost races it raises, so that the event is delivered again."""
        error = {"Error": {"Code": "ConditionalCheckFailedException"}}
        client = system.projection.PROJECTOR.read_model.client

        def lose(**_: Any) -> None:
            raise ClientError(error, "PutItem")

        faults.does(client, "PutItem", lose, times=5)
        with pytest.raises(system.projection.PROJECTOR.project.__globals__["ContendedError"]):
            system.deliver(history[0])

    @pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
    @pytest.mark.parametrize("operation", ["GetItem", "PutItem"])
    def test_crash_and_redelivery(
        self,
        system: System,
        faults: Faults,
        history: list[Body],
        view: Body,
        crash: Crash,
        operation: str,
        after: bool,
    ) -> None:
        """A crash around any call, then delivery again, leads to the same view."""
        client = system.projection.PROJECTOR.read_model.client
        faults.raises(client, operation, crash, after=after)
        with pytest.raises(Crash):
            system.deliver(history[2])
        system.restart()
        system.deliver(history[2])
        assert system.get("o-1") == (200, view)
