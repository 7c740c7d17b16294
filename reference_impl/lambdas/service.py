"""Accepting commands: load, recognise a retry, decide, append, publish.

Invariants:
- A reply rests on published events only. An accepted command's event is published before the reply,
  and so it is when a retry finds it stored: the first attempt may have died in between. A refusal
  publishes the event it rests on, whose own command may never come back. Anything that still goes
  unpublished is made good by the projection, which fills gaps from the store.
- A retry has the event id of its first attempt: derived from the Idempotency-Key, or, within one
  request, the same random one. So when S3 says that the version is taken, though it was our own
  write whose response got lost, reading the history again finds our event.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from typing import Any
from uuid import UUID, uuid4, uuid5

from . import events
from .domain.interface import Command, Domain, Event, RefusedError
from .event_store import EventStore
from .publisher import Publisher
from .rejections import KeyReusedError, LostRaceError

ATTEMPTS = 5
_NAMESPACE = UUID("6f1d7c1e-52c5-4d0e-9a53-0f6f1c0c7a11")


@dataclass(frozen=True, slots=True)
class CommandService:
    """The command side's one use case."""

    domain: Domain[Any]
    store: EventStore
    publisher: Publisher

    def accept(self, command: Command, key: str | None) -> Event:
        """Return the command's event, stored and published; raises RejectedError.

        Any other exception leaves open whether the event is stored: the same key tells later.
        """
        event_id = _event_id(command.aggregate_id, key)
        event = self._stored(command, event_id)
        self.publisher.publish(event)
        return event

    def _stored(self, command: Command, event_id: str) -> Event:
        for _ in range(ATTEMPTS):
            history = self.store.load(command.aggregate_id)
            if earlier := _earlier(history, command, event_id):
                return earlier
            self._decide(history, command)
            event = events.record(command, event_id, len(history) + 1)
            if self.store.append(event):
                return event
        return self._own_or_lost(command, event_id)

    def _decide(self, history: list[Event], command: Command) -> None:
        state = reduce(self.domain.evolve, history, self.domain.initial)
        try:
            self.domain.decide(state, command)
        except RefusedError:
            for event in history[-1:]:
                self.publisher.publish(event)
            raise

    def _own_or_lost(self, command: Command, event_id: str) -> Event:
        history = self.store.load(command.aggregate_id)
        if earlier := _earlier(history, command, event_id):
            return earlier
        raise LostRaceError("other commands came first, nothing has been done: send it again")


def _event_id(aggregate_id: str, key: str | None) -> str:
    return str(uuid4() if key is None else uuid5(_NAMESPACE, f"{aggregate_id}/{key}"))


def _earlier(history: Iterable[Event], command: Command, event_id: str) -> Event | None:
    """Return the event of an earlier attempt; raises KeyReusedError if it is another command's."""
    for event in history:
        if event.event_id == event_id:
            if not events.is_record_of(event, command):
                raise KeyReusedError("Idempotency-Key: used before, with another command")
            return event
    return None
