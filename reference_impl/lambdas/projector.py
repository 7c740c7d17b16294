"""Folding events into the read model, whatever the order and number of their deliveries.

EventBridge and Lambda deliver at least once and in any order; a delivery may also come years late.
So the row's version decides: what it covers is done, the next event is folded, and before a later
one the missing events are read from the event store. Nothing waits for a delivery still to come.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from typing import Any

from .domain.interface import Domain, Event
from .event_store import EventStore
from .read_model import ReadModel, Row

ATTEMPTS = 5


class ContendedError(Exception):
    """Other deliveries were always faster; a new delivery of the event will find its place."""


@dataclass(frozen=True, slots=True)
class Projector:
    """The projection's one use case."""

    domain: Domain[Any]
    store: EventStore
    read_model: ReadModel

    def project(self, event: Event) -> None:
        """Bring the aggregate's row at least to the event's version; raises to be called again."""
        for _ in range(ATTEMPTS):
            seen = self.read_model.get(event.aggregate_id)
            if event.version <= seen.version:
                return
            missing = self.store.between(event.aggregate_id, seen.version, event.version)
            row = Row(event.version, self._view(seen, [*missing, event]))
            if self.read_model.replace(event.aggregate_id, seen, row):
                return
        raise ContendedError(f"{event.aggregate_id}, version {event.version}")

    def _view(self, seen: Row, following: Iterable[Event]) -> dict[str, Any] | None:
        state = reduce(self.domain.evolve, following, self.domain.restore(seen.view))
        return self.domain.view(state)
