"""Folding events into the read model without ever reading the event store.

An event that comes early is kept aside. The one that closes the gap takes with it whatever has
waited for it. A lost event is made good by its redelivery; that each stored event but the last
has been published is the command function's to see to.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from typing import Any

from .domain.interface import Domain, Event
from .read_model import ReadModel, Row
from .waiting import Waiting

ATTEMPTS = 5


class ContendedError(Exception):
    """Other deliveries were always faster; a new delivery of the event will find its place."""


@dataclass(frozen=True, slots=True)
class Projector:
    """The projection's one use case."""

    domain: Domain[Any]
    waiting: Waiting
    read_model: ReadModel

    def project(self, event: Event) -> None:
        """Bring the row at least to the event's version, or keep the event until that is possible.

        Raises to be called again.
        """
        if event.version <= self.read_model.get(event.aggregate_id).version:
            return
        self.waiting.keep(event)
        for _ in range(ATTEMPTS):
            if self._advance(event.aggregate_id):
                return
        raise ContendedError(f"{event.aggregate_id}, version {event.version}")

    def _advance(self, aggregate_id: str) -> bool:
        kept = self.waiting.all(aggregate_id)  # before the row: see waiting
        seen = self.read_model.get(aggregate_id)
        following = list(_following(kept, seen.version))
        if following:
            row = Row(following[-1].version, self._view(seen, following))
            if not self.read_model.replace(aggregate_id, seen, row):
                return False
            seen = row
        for event in kept.values():
            if event.version <= seen.version:
                self.waiting.drop(event)
        return True

    def _view(self, seen: Row, following: Iterable[Event]) -> dict[str, Any] | None:
        state = reduce(self.domain.evolve, following, self.domain.restore(seen.view))
        return self.domain.view(state)


def _following(kept: dict[int, Event], version: int) -> Iterable[Event]:
    while (version := version + 1) in kept:
        yield kept[version]
