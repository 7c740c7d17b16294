"""The undisturbed twin of a disturbed history."""

from __future__ import annotations

import json

from harness.core.history import Delivered, History, Published, Role, Stored, System
from harness.core.scenario import Deliver, Redeliver, Scenario, Send
from harness.explore.undisturbed import undisturbed
from scenarios.domains.orders import CONTRACT

CREATED = {"type": "OrderCreated", "orderId": "n00001a", "customer": "Ada",
           "createdAt": "2026-01-01T00:00:00Z"}
DELETED = {"type": "OrderDeleted", "orderId": "n00001a"}


def _records(number: int, command: dict[str, str]) -> list[Stored | Published]:
    event = json.dumps(command | {"eventId": f"e{number}", "version": number + 1})
    stored = Stored("added", f"a/{number}", event, Role.COMMAND)
    published = Published(number, "s", command["type"], event, "b", Role.COMMAND, 1)
    return [stored, published]


def _delivered(number: int, *, ok: bool = True) -> Delivered:
    return Delivered(number, "P", False, False, 0, ok)


def _steps(*deliveries: Delivered) -> Scenario:
    records = (*_records(0, CREATED), *_records(1, DELETED), *deliveries)
    return undisturbed(CONTRACT, History("n00001", System(), records))


def test_it_sends_the_stored_commands_one_after_another() -> None:
    """The twin has one command for each stored event, with ids as a scenario has them."""
    bodies = [json.loads(step.body or "") for step in _steps().steps if isinstance(step, Send)]
    assert bodies == [CREATED | {"orderId": "~a"}, DELETED | {"orderId": "~a"}]


def test_it_delivers_in_the_order_that_succeeded() -> None:
    """A delivery that failed and came again later is one late delivery."""
    steps = _steps(_delivered(0, ok=False), _delivered(1), _delivered(0)).steps[2:]
    assert steps == (Deliver(1), Deliver(0))


def test_it_repeats_what_was_delivered_again() -> None:
    """An event that was delivered twice is redelivered in the twin."""
    steps = _steps(_delivered(0), _delivered(1), _delivered(0)).steps[2:]
    assert steps == (Deliver(0), Deliver(0), Redeliver(1))


def _bare(number: int, command: dict[str, str], key: str) -> list[Stored | Published]:
    text = json.dumps(command)
    stored = Stored("added", key, text, Role.COMMAND)
    return [stored, Published(number, "s", command["type"], text, "b", Role.COMMAND, 1)]


def test_it_knows_events_without_ids_by_what_they_say() -> None:
    """Bare commands are sent as they were stored, and delivered as they were delivered."""
    records = (*_bare(0, DELETED, "z"), *_bare(1, CREATED, "y"), *_bare(2, DELETED, "x"),
               _delivered(1), _delivered(2), _delivered(0))
    steps = undisturbed(CONTRACT, History("n00001", System(), records)).steps
    types = [json.loads(step.body or "")["type"] for step in steps if isinstance(step, Send)]
    assert types == ["OrderDeleted", "OrderCreated", "OrderDeleted"]
    assert steps[3:] == (Deliver(1), Deliver(1), Deliver(0))
