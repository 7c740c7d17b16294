"""A history as a swim-lane picture."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.core.history import (
    RECORDS,
    Called,
    Delivered,
    History,
    Invoked,
    Published,
    Role,
    Stored,
    System,
)
from harness.report.page.lanes import _ROWS, Lane, carrier, lanes, rows
from tests.harness.histories import CREATED, Story, about

NAMESPACE = "n0001"
PUT = Called(Role.COMMAND, "Command", 1, "s3", "PutObject", "Events", "n0001a/1", 200, None,
             line="app/store.py:7")
ADDED = Stored("added", "n0001a/1", "{}", Role.COMMAND)


def history(*records: object, system: System | None = None) -> History:
    story = Story()
    for record in records:
        story.add(record)  # type: ignore[arg-type]
    made = replace(story.history, namespace=NAMESPACE)
    return made if system is None else replace(made, system=system)


def test_every_kind_of_record_is_drawn() -> None:
    """No kind of record is forgotten."""
    assert set(_ROWS) == set(RECORDS.values())


def test_a_request_stands_where_it_was_sent() -> None:
    """The calls of a command stand between its request and its reply, without the namespace."""
    story = Story()
    story.add(PUT)
    story.send(about(CREATED, "n0001a"))
    records = story.history.records
    sent = replace(records[-1], called=0)  # type: ignore[type-var]
    drawn = rows(History(NAMESPACE, System(), (*records[:-1], sent)), ["1. A client sends"])
    assert [(row.kind, row.source, row.target) for row in drawn if row.kind != "step"][:1] == [
        ("request", Lane.CLIENT, Lane.COMMAND)]
    assert [row.text for row in drawn if row.kind == "call"] == ["PutObject a/1"]
    assert drawn[-1].kind == "reply"


def test_a_step_has_its_sentence() -> None:
    """A step's sentence stands above its first row, also that of a step without records."""
    story = Story()
    story.send(about(CREATED, "n0001a"))
    sent = replace(story.history.records[-1], step=1)  # type: ignore[call-arg]
    drawn = rows(History(NAMESPACE, System(), (PUT, sent)), ["1. A fault", "2. A client sends"])
    assert [row.text for row in drawn if row.kind == "step"] == ["1. A fault", "2. A client sends"]
    assert [row.kind for row in drawn[:2]] == ["step", "step"]


def test_decimal_numbers_keep_their_digits() -> None:
    """A payload with a decimal number is shown as it was written."""
    (drawn,) = rows(history(replace(ADDED, text='{"amount": 1.50, "note": "1.50"}')), [])
    assert drawn.details == (("event", '{\n  "amount": 1.50,\n  "note": "1.50"\n}'),)


def test_what_a_call_stores_stands_below_it() -> None:
    """An object's row comes after the call that stored it."""
    drawn = rows(history(ADDED, PUT), [])
    assert [row.kind for row in drawn] == ["call", "value"]


def test_a_delivery_stands_above_what_it_caused() -> None:
    """An event's arrow to a function comes before the calls of the function."""
    call = replace(PUT, role=Role.PROJECTION, function="Projection", invocation=2)
    ended = Invoked(Role.PROJECTION, "Projection", 2, False, None, "", 0.0)
    again = Delivered(0, "Projection", again=True, late=False, records=0, ok=True)
    drawn = rows(history(PUT, call, ended, again), [])
    assert [row.kind for row in drawn] == ["call", "delivery", "call"]


def test_an_object_without_a_call_keeps_its_place() -> None:
    """A change that no recorded call explains is shown all the same."""
    drawn = rows(history(ADDED), [])
    assert [(row.kind, row.source) for row in drawn] == [("value", Lane.STORE)]


def test_the_place_of_the_difference_is_marked_once() -> None:
    """The last call of the line at which a failure first differs is marked."""
    drawn = rows(history(PUT, PUT), [], "app/store.py:7")
    assert [row.differs for row in drawn] == [False, True]


@pytest.mark.parametrize(("call", "kind", "told"), [
    (replace(PUT, error="crash before the call"), "bad call", "(crash before the call)"),
    (replace(PUT, denied="s3:PutObject", status=403), "bad call", "(role lacks s3:PutObject)"),
    (replace(PUT, status=412), "call", "(412)"),
])
def test_faults_and_refusals_are_told(call: Called, kind: str, told: str) -> None:
    """A call that met a fault, or was denied, is bad; a lost condition is told."""
    (row,) = rows(history(call), [])
    assert (row.kind, row.text.endswith(told)) == (kind, True)


@pytest.mark.parametrize(("role", "table", "lane"), [
    (Role.COMMAND, "Keys", Lane.STORE),
    (Role.PROJECTION, "Views", Lane.READ_MODEL),
    (Role.PROJECTION, "Events", Lane.STORE),
])
def test_tables_have_their_lanes(role: Role, table: str, lane: Lane) -> None:
    """A table of events is the event store, for whoever reads it."""
    call = replace(PUT, role=role, service="dynamodb", resource=table)
    (row,) = rows(history(call, system=System(event_tables=("Events",))), [])
    assert row.target is lane


def test_output_and_errors_open_below() -> None:
    """An invocation that failed or printed has a row with both; a silent warm one has none."""
    silent = Invoked(Role.COMMAND, "Command", 1, False, None, "", 0.1)
    failed = replace(silent, error="KeyError: 'x'", output="here\n")
    (row,) = rows(history(silent, failed), [])
    assert (row.kind, row.details) == (
        "bad run", (("error", "KeyError: 'x'"), ("printed", "here")))


def test_the_relay_has_a_lane_only_where_there_is_one() -> None:
    """A relay's lane and the carriers' names come from the system."""
    relayed = System(ways=(("relay", "stream"), ("projection", "EventBridge")))
    assert (Lane.RELAY in lanes(history()), Lane.RELAY in lanes(history(system=relayed))) == (
        False, True)
    assert (carrier(history()), carrier(history(system=relayed))) == (
        "carrier", "stream, EventBridge")


def test_entries_stand_at_the_carrier() -> None:
    """A published entry shows its type, and its detail opens."""
    entry = Published(0, "orders", "OrderCreated", '{"orderId":"n0001a"}', "bus", Role.COMMAND, 1)
    (row,) = rows(history(entry), [])
    assert (row.source, row.text) == (Lane.CARRIER, "entry 0: OrderCreated")
    assert dict(row.details)["detail"] == '{\n  "orderId": "a"\n}'
