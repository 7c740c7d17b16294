"""Check that what commands set off comes to an end."""

from __future__ import annotations

from collections.abc import Iterator

from harness.core.contract import Contract
from harness.core.history import Endless, History, Poisoned, Published
from harness.core.json_values import parse_object
from harness.core.ledger import Ledger
from harness.core.violation import Hop, Kind, Violation


def check_end(contract: Contract, history: History, ledger: Ledger) -> Iterator[Violation]:
    """No event sets off another one for ever.

    A foreign event that functions send round harms no view, and is not judged.
    """
    found = next(history.of(Endless), None)
    if found is None or any(history.of(Poisoned)):
        return
    text = next((p.detail for p in history.of(Published) if p.number == found.number), "")
    aggregate = (parse_object(text) or {}).get(contract.id_member)
    yield Violation(
        Kind.NEVER_SETTLED, aggregate if isinstance(aggregate, str) else None, -1,
        "after some deliveries no event is on its way any more",
        f"{found.function} gets event after event, each set off by the one before", Hop.BUS)
