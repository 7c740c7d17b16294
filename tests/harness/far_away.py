"""Orders at the other end of a wire: a front door in this process, with the faults a test gives it.

Views follow after ``delay`` seconds by themselves, requests are handled as they come, from as
many threads as there are, and nothing but the door can be seen.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from harness.core.clock import Clock, RealClock
from harness.core.commands import Accepted
from harness.core.http import Request, Response
from harness.core.pace import Pace
from harness.stages.deployed.front_door import LimitedFrontDoor
from harness.stages.deployed.stage import DeployedStage
from scenarios.domains.orders import CONTRACT, decide, evolve, view

JSON = (("Content-Type", "application/json"),)


def reply(status: int, document: Any = None) -> Response:
    """A response with a JSON object."""
    return Response(status, JSON, json.dumps({} if document is None else document))


class Orders:
    """Does what the contract says."""

    address = "somewhere"

    def __init__(self, *, delay: float = 0.0, latency: float = 0.0,
                 clock: Clock | None = None) -> None:
        self.delay, self.latency = delay, latency
        self.clock = clock or RealClock()
        self.requests: list[Request] = []
        self._events: dict[str, list[tuple[float, dict[str, Any]]]] = {}
        self._keys: dict[tuple[str, str], str] = {}
        self._lock = threading.RLock()

    def send(self, request: Request) -> Response:
        """Handle a request."""
        self.clock.wait(self.latency)
        self.requests.append(request)
        if request.method == "POST" and request.path == "/orders":
            return self.command(request)
        if request.method == "GET" and request.path.startswith("/orders/"):
            return self.query(unquote(request.path.removeprefix("/orders/")))
        return reply(403, {"message": "Missing Authentication Token"})

    def close(self) -> None:
        """Nothing to close."""

    def command(self, request: Request) -> Response:
        """Take a command."""
        reading = CONTRACT.read(request.body)
        if reading.command is None:
            return reply(400)
        key = next((v for n, v in request.headers if n.lower() == "idempotency-key"), None)
        with self._lock:
            return self.take(dict(reading.command), key)

    def take(self, command: dict[str, Any], key: str | None) -> Response:
        """Take a valid command."""
        id, text = command["orderId"], json.dumps(command, sort_keys=True, default=str)
        seen = self._keys.get((id, key)) if key else None
        if seen is not None:
            return reply(200 if seen == text else 422)
        if not isinstance(decide(self.state(id), command), Accepted):
            return reply(409)
        if key:
            self._keys[id, key] = text
        self.store(id, command)
        return reply(200)

    def store(self, id: str, command: dict[str, Any]) -> None:
        """Store the event, to be seen in a while."""
        events = self._events.setdefault(id, [])
        before = events[-1][0] if events else 0.0
        events.append((max(before, self.clock.now() + self.delay), command))

    def state(self, id: str, until: float = float("inf")) -> Any:
        """The state after the events that are to be seen by then."""
        state = None
        for at, event in self._events.get(id, ()):
            state = evolve(state, event) if at <= until else state
        return state

    def query(self, id: str) -> Response:
        """Show what is to be seen now."""
        if CONTRACT.ids.accepts(id).value == "must not":
            return reply(400)
        with self._lock:
            shown = view(self.state(id, self.clock.now()))
        return reply(404) if shown is None else reply(200, shown)


class Racing(Orders):
    """Looks, waits a little, and stores: two at once both see the same past."""

    def command(self, request: Request) -> Response:
        command = CONTRACT.read(request.body).command
        if command is None:
            return reply(400)
        if not isinstance(decide(self.state(command["orderId"]), command), Accepted):
            return reply(409)
        self.clock.wait(0.02)
        self.store(command["orderId"], dict(command))
        return reply(200)

    def state(self, id: str, until: float = float("inf")) -> Any:
        state = None
        for _, event in self._events.get(id, ()):
            if state is not None or event["type"] == "OrderCreated":
                state = evolve(state, event)
        return state


class Once(Orders):
    """Has one bad moment: for the ``nth`` command (counted from 0)."""

    def __init__(self, nth: int, **more: Any) -> None:
        super().__init__(**more)
        self._left: Iterator[int] = iter(range(nth, -1, -1))

    def bad(self) -> bool:
        """True at this moment."""
        return next(self._left, -1) == 0


class FailsOnce(Once):
    """In its bad moment it answers with a server error."""

    def take(self, command: dict[str, Any], key: str | None) -> Response:
        return reply(503) if self.bad() else super().take(command, key)


class ForgetsOnce(Once):
    """In its bad moment it acknowledges and stores nothing."""

    def store(self, id: str, command: dict[str, Any]) -> None:
        if not self.bad():
            super().store(id, command)


class LateOnce(Once):
    """In its bad moment the view takes longer than anybody waits."""

    def store(self, id: str, command: dict[str, Any]) -> None:
        before, self.delay = self.delay, 1.6 if self.bad() else self.delay
        super().store(id, command)
        self.delay = before


class RacesOnce(Once):
    """In its bad moment, counted in aggregates, it creates one that is there already."""

    def take(self, command: dict[str, Any], key: str | None) -> Response:
        there = self.state(command["orderId"]) is not None
        if there and command["type"] == "OrderCreated" and self.bad():
            return reply(200)
        return super().take(command, key)


class Refuses(Orders):
    """Answers what the rules refuse with a server error."""

    def take(self, command: dict[str, Any], key: str | None) -> Response:
        answered = super().take(command, key)
        return reply(500) if answered.status == 409 else answered


def stage(orders: Orders, *, deadline: float = 1.0, concurrency: int = 16) -> DeployedStage:
    """The stage that these orders are, with little patience."""
    pace = Pace(orders.clock, deadline=deadline, stable=0.02, first_pause=0.01, longest_pause=0.1)
    front = LimitedFrontDoor(orders, orders.clock, concurrency=concurrency)
    return DeployedStage("http", front, pace=pace)
