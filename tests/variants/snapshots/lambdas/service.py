"""Accepting commands on snapshots: the latest one, and the events since then."""

from dataclasses import dataclass
from functools import reduce
from typing import Any
from uuid import UUID, uuid4, uuid5

from . import events
from .domain.interface import Command, Domain, Event, RefusedError
from .event_store import EventStore
from .publisher import Publisher
from .rejections import KeyReusedError, LostRaceError
from .snapshots import EVERY, Snapshot, Snapshots

_NAMESPACE = UUID("6f1d7c1e-52c5-4d0e-9a53-0f6f1c0c7a11")


@dataclass(frozen=True, slots=True)
class CommandService:
    domain: Domain[Any]
    store: EventStore
    publisher: Publisher

    def accept(self, command: Command, key: str | None) -> Event:
        aggregate = command.aggregate_id
        event_id = str(uuid4() if key is None else uuid5(_NAMESPACE, f"{aggregate}/{key}"))
        for _ in range(5):
            snapshot = self._snapshots().load(aggregate)
            since = self.store.since(aggregate, snapshot.version)
            places = {**snapshot.places, **{e.event_id: e.version for e in since}}
            if event_id in places:
                return self._again(command, places[event_id])
            state = reduce(self.domain.evolve, since, self.domain.restore(snapshot.view))
            self._decide(state, command, snapshot, since)
            event = events.record(command, event_id, snapshot.version + len(since) + 1)
            if self.store.append(event):
                after = self.domain.evolve(state, event)
                self._keep(event, after, {**places, event_id: event.version})
                self.publisher.publish(event)
                return event
        raise LostRaceError("other commands came first, nothing has been done: send it again")

    def _again(self, command: Command, version: int) -> Event:
        event = next(self.store.between(command.aggregate_id, version - 1, version + 1))
        if not events.is_record_of(event, command):
            raise KeyReusedError("Idempotency-Key: used before, with another command")
        self.publisher.publish(event)
        return event

    def _decide(
        self, state: Any, command: Command, snapshot: Snapshot, since: list[Event]
    ) -> None:
        try:
            self.domain.decide(state, command)
        except RefusedError:
            last = snapshot.version + len(since)
            if last:
                for event in self.store.between(command.aggregate_id, last - 1, last + 1):
                    self.publisher.publish(event)
            raise

    def _keep(self, event: Event, state: Any, places: dict[str, int]) -> None:
        if event.version % EVERY == 0:
            snapshot = Snapshot(event.version, self.domain.view(state), places)
            self._snapshots().save(event.aggregate_id, snapshot)

    def _snapshots(self) -> Snapshots:
        return Snapshots(self.store.client, self.store.bucket)
