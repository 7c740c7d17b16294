"""The undisturbed equivalent of a history: the same events, delivered in the same order.

A crash makes the bus deliver again, and overlapping commands may publish in another order than
they were stored in. A projection that does not stand *that* is not to be blamed for the crash
or the overlap. So a scenario with faults or concurrency has a plain twin: the stored events'
commands one after another, then exactly the deliveries that succeeded. Events without an id are
known by what they say, and without a version by when they were stored.
"""

from __future__ import annotations

from collections import defaultdict

from harness.core.bodies import write_body
from harness.core.contract import Contract
from harness.core.history import Delivered, History, Stored
from harness.core.json_values import to_json
from harness.core.scenario import NAMESPACE_MARK, Deliver, Redeliver, Scenario, Send, Step
from harness.oracle.stored_events import (
    StoredEvent,
    numbered,
    published_records,
    read_event,
    stored_events,
)


def undisturbed(contract: Contract, history: History) -> Scenario:
    """The plain scenario that brings about the events and the deliveries of a history."""
    events = _in_order(history, numbered(stored_events(contract, history)))
    sends = tuple(Send(_body(contract, event, history.namespace)) for event in events)
    return Scenario((*sends, *_deliveries(_order(contract, history, events), len(events))))


def _in_order(history: History, events: list[StoredEvent]) -> list[StoredEvent]:
    """Events by their versions, or, if they have none, as they were stored."""
    if not any(event.bare for event in events):
        return events
    keys = [stored.key for stored in history.of(Stored)]
    return sorted(events, key=lambda event: keys.index(event.place))


def _name(event: StoredEvent) -> str:
    """The name that tells an event from others."""
    return str(event.event_id) if event.event_id is not None else to_json(event.document)


def _body(contract: Contract, event: StoredEvent, namespace: str) -> str:
    known = ("type", contract.id_member, *contract.stored_types[str(event.document["type"])])
    command = {name: event.document[name] for name in known if name in event.document}
    command[contract.id_member] = event.aggregate.replace(namespace, NAMESPACE_MARK)
    return write_body(command, contract.id_member)


def _order(contract: Contract, history: History, events: list[StoredEvent]) -> list[int]:
    """The places, among the stored events, of those delivered with success, in order."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, event in enumerate(events):
        places[_name(event)].append(place)
    by_number: dict[int, int] = {}
    for record in published_records(history):
        told = read_event(contract, record.detail_type, record.detail)
        alike = [] if told is None else places[_name(told)]
        if alike:
            by_number[record.number] = alike[0]
            del alike[: len(alike) > 1]
    delivered = (d.number for d in history.of(Delivered) if d.ok)
    found = (by_number.get(number) for number in delivered)
    return [place for place in found if place is not None]


def _deliveries(order: list[int], count: int) -> list[Step]:
    pending, delivered = list(range(count)), list[int]()
    steps: list[Step] = []
    for place in order:
        if place in pending:
            steps.append(Deliver(pending.index(place)))
            pending.remove(place)
            delivered.append(place)
        else:
            steps.append(Redeliver(len(delivered) - 1 - delivered.index(place)))
    return steps
