"""What a stage is: the one Protocol between the runner and wherever an implementation runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from harness.core.bus_entry import BusEntry
from harness.core.history import Record, System
from harness.core.http import Request, Response
from harness.core.interleaving import ScheduleDecision
from harness.core.pace import Pace
from harness.core.scenario import Fault


class Stage(Protocol):
    """Where an implementation runs. Every method appends to the records of the play.

    ``capabilities`` are the words of a requirement's ``needs`` that this stage has. ``pace``:
    how views are waited for where things move by themselves (None: the harness is the bus).
    """

    name: str
    capabilities: frozenset[str]
    pace: Pace | None
    system: System
    records: list[Record]

    def reset(self) -> None:
        """Begin from nothing: empty stores, no environment, as if nothing had been played."""

    def start(self, *, fresh: bool, always_cold: bool) -> str:
        """Begin a play: nothing on its way, no records; gives the play's namespace."""

    def send(self, request: Request, *, base64: bool = False) -> Response:
        """Send a request to the front door and wait for its response."""

    def send_batch(self, bodies: Sequence[str]) -> None:
        """Hand commands to the command function as records of one batch, until handled."""

    def deliver(self, pick: int) -> None:
        """Deliver one pending event."""

    def redeliver(self, pick: int) -> None:
        """Deliver again what was delivered before."""

    def hold(self, pick: int, *, lost: bool) -> None:
        """Keep a pending event back, until the next settling or (lost) the last one."""

    def batch(self, size: int, poison: int | None, *, aside: bool = False) -> None:
        """Deliver pending events as records of one invocation. See ``Batch``."""

    def publish(self, entry: BusEntry) -> int:
        """Put a foreign entry on the bus; gives the number of targets it goes to."""

    def event_origin(self) -> tuple[str, str]:
        """Source and bus name of the implementation's events."""

    def settle(self, *, final: bool) -> tuple[int, int]:
        """Deliver all that is on its way; gives rounds and deliveries given up."""

    def arm(self, fault: Fault) -> None:
        """Make a call go wrong."""

    def concurrently(
        self, branches: Sequence[Callable[[], None]], schedule: Sequence[int]
    ) -> list[ScheduleDecision]:
        """Run branches with their AWS calls interleaved; gives the decisions that were made."""

    def wait(self) -> bool:
        """Let the functions' clocks go on until leases have run out; whether they did."""

    def restart(self) -> None:
        """End every environment."""

    def wipe(self) -> int:
        """Remove what the projection wrote; gives the number of items removed."""

    def item(self, aggregate: str) -> str | None:
        """The read model's item of that id as JSON text."""
