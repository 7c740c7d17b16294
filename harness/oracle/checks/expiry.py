"""Check that no setting of the template removes an event, or a view that is still shown.

Nothing is removed during a play: lifecycle rules count days, and so do most times to live. So the
settings are compared with the events that are there in the end; a read model's items are removed
then, and the views read once more.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.core.contract import Contract
from harness.core.history import Called, History, Outlived, Role, Stored
from harness.core.ledger import Ledger
from harness.core.violation import Hop, Kind, Violation
from harness.oracle.stored_events import (
    StoredEvent,
    is_copy,
    numbered,
    read_event,
    stored_events,
)
from harness.oracle.views import observed_view, shows, view_members


def check_expiry(contract: Contract, history: History, ledger: Ledger) -> Iterator[Violation]:
    """Events and shown views stay, whatever time passes."""
    if history.system.expiring:
        yield from _events(contract, history)
    yield from _items(contract, history)
    if history.system.time_to_live:
        yield from _views(contract, history, ledger)


def _events(contract: Contract, history: History) -> Iterator[Violation]:
    """The first event of which every copy is under a prefix that expires."""
    texts = {r.key: r.text for r in history.of(Stored) if r.change != "removed"}
    found = [event for key, text in texts.items()
             if (event := read_event(contract, key, text)) is not None]
    written = {(call.key, call.resource) for call in history.of(Called)
               if call.role is Role.COMMAND and call.service == "s3"}
    for event in numbered(stored_events(contract, history)):
        copies = [e for e in found if is_copy(e, event) or is_copy(event, e)]
        if copies and all(_expires(history, written, copy) for copy in copies):
            yield Violation(Kind.STORE_CHANGED, event.aggregate, -1, event.document,
                            f"a lifecycle rule removes {event.place}", Hop.STORE)
            return


def _items(contract: Contract, history: History) -> Iterator[Violation]:
    """The first event of which every copy is an item that has a time to live."""
    latest = {r.key: r for r in history.of(Stored) if r.change != "removed"}
    expiring = {key for key, record in latest.items() if record.expires}
    if not expiring:
        return
    found = [event for key, record in latest.items()
             if (event := read_event(contract, key, record.text)) is not None]
    for event in numbered(stored_events(contract, history)):
        copies = [e for e in found if is_copy(e, event) or is_copy(event, e)]
        if copies and all(copy.place in expiring for copy in copies):
            yield Violation(Kind.STORE_CHANGED, event.aggregate, -1, event.document,
                            f"its item has a time to live: {event.place}", Hop.STORE)
            return


def _expires(history: History, written: set[tuple[str, str]], event: StoredEvent) -> bool:
    return any((event.place, bucket) in written and event.place.startswith(prefix)
               for bucket, prefix in history.system.expiring)


def _views(contract: Contract, history: History, ledger: Ledger) -> Iterator[Violation]:
    """The first view that is shown in the end, and no longer when items have outlived their time.

    A query may fold the events where an item is gone.
    """
    named = view_members(contract)
    settled = {read.query.id: observed_view(read.query.response) for read in ledger.reads
               if read.query.phase == "settled"}
    for read in history.of(Outlived):
        shown, left = settled.get(read.id), observed_view(read.response)
        if not isinstance(shown, dict):
            continue
        own = {name: value for name, value in shown.items() if name in named}
        if not isinstance(left, dict) or not shows(contract, left, own):
            yield Violation(Kind.VIEW_UNSTABLE, read.id, -1, "a view that stays",
                            "another view when items have outlived their time to live",
                            Hop.PROJECTION)
            return
