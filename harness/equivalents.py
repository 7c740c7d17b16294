"""The undisturbed equivalent of a history: the same events, delivered in the same order.

A crash makes the bus deliver again, and overlapping commands may publish in another order than
they were stored in. A projection that does not stand *that* is not to be blamed for the crash
or the overlap. So a scenario with faults or concurrency has a plain twin: the stored events'
commands one after another, then exactly the deliveries that succeeded.
"""

from __future__ import annotations

from harness.checks.events import StoredEvent, published_events, stored_events
from harness.contract import Contract
from harness.history import Delivered, History, Published, Role
from harness.scenario import NAMESPACE, Deliver, Redeliver, Scenario, Send, Step
from harness.shrink import write_body


def undisturbed(contract: Contract, history: History) -> Scenario:
    """The plain scenario that brings about the events and the deliveries of a history."""
    events = stored_events(contract, history)
    sends = tuple(Send(_body(contract, event, history.namespace)) for event in events)
    return Scenario((*sends, *_deliveries(_order(contract, history, events), len(events))))


def _body(contract: Contract, event: StoredEvent, namespace: str) -> str:
    known = ("type", contract.id_member, *contract.types[str(event.document["type"])])
    command = {name: event.document[name] for name in known if name in event.document}
    command[contract.id_member] = event.aggregate.replace(namespace, NAMESPACE)
    return write_body(command, contract.id_member)


def _order(contract: Contract, history: History, events: list[StoredEvent]) -> list[int]:
    """The places, among the stored events, of those delivered with success, in order."""
    places = {str(event.event_id): place for place, event in enumerate(events)}
    numbers = [p.number for p in history.of(Published) if p.role is Role.COMMAND]
    ids = [str(event.event_id) for event in published_events(contract, history)]
    by_number = dict(zip(numbers, ids, strict=False))
    delivered = (d.number for d in history.of(Delivered) if d.ok)
    found = (places.get(by_number.get(number, "")) for number in delivered)
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
