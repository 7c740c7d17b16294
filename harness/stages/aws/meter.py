"""How much a run may ask of AWS: so many requests, for so long.

Every request counts: those of the front door, and every call of the harness's own clients. At the
limit nothing more is sent, and a requirement not judged by then is *errored*.
"""

from __future__ import annotations

import threading

from harness.core.clock import Clock, RealClock
from harness.core.errors import StageError
from harness.core.http import Request, Response
from harness.stages.deployed.cloud import Cloud
from harness.stages.deployed.front_door import FrontDoor


class Meter:
    """Counts requests and minutes from its making on. Safe to use from several threads."""

    def __init__(self, max_requests: int, max_minutes: float, clock: Clock | None = None) -> None:
        self._most, self._minutes = max_requests, max_minutes
        self._clock = clock or RealClock()
        self._until = self._clock.now() + 60 * max_minutes
        self._lock = threading.Lock()
        self.requests = 0

    def count(self) -> None:
        """One more request.

        Raises:
            StageError: it would be one too many, or it is too late.
        """
        if self._clock.now() >= self._until:
            raise StageError("--max-minutes", f"{self._minutes:g} minutes have passed",
                             "allow more, or judge less with --requirement")
        with self._lock:
            if self.requests >= self._most:
                raise StageError("--max-requests", f"{self._most} requests have been sent",
                                 "allow more, or judge less with --requirement")
            self.requests += 1


class MeteredFrontDoor:
    """A front door whose requests are counted."""

    def __init__(self, front: FrontDoor, meter: Meter) -> None:
        self._front, self._meter = front, meter

    @property
    def address(self) -> str:
        """See ``FrontDoor``."""
        return self._front.address

    def send(self, request: Request) -> Response:
        """See ``FrontDoor``."""
        self._meter.count()
        return self._front.send(request)

    def close(self) -> None:
        """See ``FrontDoor``."""
        self._front.close()


class MeteredCloud(Cloud):
    """AWS by clients whose calls are counted."""

    def __init__(self, cloud: Cloud, meter: Meter) -> None:
        super().__init__(cloud.region, cloud.endpoint, cloud.keys, cloud.profile)
        self._meter = meter

    def _made(self, service: str) -> object:
        client = super()._made(service)
        client.meta.events.register("before-call.*", lambda **_: self._meter.count())
        return client
