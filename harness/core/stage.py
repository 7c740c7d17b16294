"""The Protocols of a stage, between the runner and wherever an implementation runs.

Every stage is a ``Stage``. What only some stages can do is a Protocol of its own: who needs it
asks for it by the function of its name, which raises ``StageError`` where the stage lacks it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

from harness.core.bus_entry import BusEntry
from harness.core.errors import StageError
from harness.core.history import Record, System
from harness.core.http import Request, Response
from harness.core.interleaving import ScheduleDecision
from harness.core.pace import Pace
from harness.core.requirements import Requirement
from harness.core.scenario import Fault
from harness.core.verdict import NotJudged


class Stage(Protocol):
    """Where an implementation runs. Every method appends to the records of the play.

    ``capabilities`` are the words of a requirement's ``needs`` that this stage has. ``pace``:
    how views are waited for where things move by themselves (None: the harness is the bus).
    """

    @property
    def name(self) -> str:
        """The stage's name in reports."""

    @property
    def capabilities(self) -> frozenset[str]:
        """The words of a requirement's ``needs`` that this stage has."""

    @property
    def pace(self) -> Pace | None:
        """How views are waited for; None where the harness is the bus."""

    @property
    def system(self) -> System:
        """The facts that are known of the implementation."""

    @property
    def records(self) -> list[Record]:
        """The records of the play, oldest first; the runner adds its own."""

    def reset(self) -> None:
        """Begin from nothing: empty stores, no environment, as if nothing had been played."""

    def start(self, *, fresh: bool, always_cold: bool) -> str:
        """Begin a play: nothing on its way, no records; gives the play's namespace."""

    def send(self, request: Request, *, base64: bool = False) -> Response:
        """Send a request to the front door and wait for its response."""

    def concurrently(
        self, branches: Sequence[Callable[[], None]], schedule: Sequence[int]
    ) -> list[ScheduleDecision]:
        """Run branches at once; gives the decisions of the schedule, where the stage makes them."""

    def settle(self, *, final: bool) -> tuple[int, int]:
        """Deliver all that is on its way; gives rounds and deliveries given up."""


@runtime_checkable
class QueueBatches(Protocol):
    """A command function that can be handed records."""

    def send_batch(self, bodies: Sequence[str]) -> None:
        """Hand commands to the command function as records of one batch, until handled."""


@runtime_checkable
class EventBus(Protocol):
    """A bus that can be written to, and asked to deliver once more."""

    def publish(self, entry: BusEntry) -> int:
        """Put a foreign entry on the bus; gives the number of targets it goes to."""

    def event_origin(self) -> tuple[str, str]:
        """Source and bus name of the implementation's events."""

    def redeliver(self, pick: int) -> None:
        """Deliver again what was delivered before."""


@runtime_checkable
class Deliveries(Protocol):
    """Deliveries that the scenario decides about: order, loss, batches."""

    def deliver(self, pick: int) -> None:
        """Deliver one pending event."""

    def hold(self, pick: int, *, lost: bool) -> None:
        """Keep a pending event back, until the next settling or (lost) the last one."""

    def batch(self, size: int, poison: int | None, *, aside: bool = False) -> None:
        """Deliver pending events as records of one invocation. See ``Batch``."""


@runtime_checkable
class Relaying(Protocol):
    """A stage whose deliveries to relays a scenario may decide about."""

    def address_relays(self) -> None:
        """Have the steps of this play act on the deliveries to relays."""


@runtime_checkable
class Expiry(Protocol):
    """Tables whose items may expire."""

    def expire(self, pick: int) -> None:
        """Let the time to live of the ``pick``-th latest item that has one run out."""


@runtime_checkable
class TracesCalls(Protocol):
    """A stage that can tell which line of the user's code makes a call."""

    def trace_calls(self, *, on: bool) -> None:
        """Note the line of each call from now on, or no longer."""


@runtime_checkable
class Faults(Protocol):
    """AWS calls that can be made to go wrong."""

    def arm(self, fault: Fault) -> None:
        """Make a call go wrong."""


@runtime_checkable
class Environments(Protocol):
    """Environments of functions that can be ended."""

    def restart(self) -> None:
        """End every environment."""


@runtime_checkable
class Clocks(Protocol):
    """Clocks of functions that can be moved."""

    def wait(self) -> bool:
        """Let the functions' clocks go on until leases have run out; whether they did."""


@runtime_checkable
class ReadModel(Protocol):
    """A read model that can be looked into and emptied."""

    def item(self, aggregate: str) -> str | None:
        """The read model's item of that id as JSON text."""

    def wipe(self) -> int:
        """Remove what the projection wrote; gives the number of items removed."""


@runtime_checkable
class ExpiringViews(Protocol):
    """A read model whose items may have a time to live that passes when the harness says so."""

    def expire_views(self) -> int:
        """Remove what the projection wrote with a time to live; gives the number of items."""


@runtime_checkable
class Selective(Protocol):
    """A stage before a system that cannot be told, or asked, everything.

    ``unsayable`` counts, by reason, the steps that no client of the system could take.
    """

    unsayable: Counter[str]

    def not_judged(self, requirement: Requirement) -> NotJudged | None:
        """Why a requirement is not judged there; None if it is."""


def not_judged(stage: Stage, requirement: Requirement) -> NotJudged | None:
    """Why a requirement is not judged by what the stage can tell and ask; None if it is."""
    return stage.not_judged(requirement) if isinstance(stage, Selective) else None


def unsayable_steps(stage: Stage) -> Counter[str]:
    """The reasons why steps could not be taken so far, counted; they can be cleared."""
    return stage.unsayable if isinstance(stage, Selective) else Counter()


def queue_batches(stage: Stage) -> QueueBatches:
    """The stage, if its command function can be handed records. Otherwise: ``StageError``."""
    if isinstance(stage, QueueBatches):
        return stage
    raise lacking(stage, "invoke")


def event_bus(stage: Stage) -> EventBus:
    """The stage, if its bus can be written to. Otherwise: ``StageError``."""
    if isinstance(stage, EventBus):
        return stage
    raise lacking(stage, "bus")


def deliveries(stage: Stage) -> Deliveries:
    """The stage, if scenarios decide about its deliveries. Otherwise: ``StageError``."""
    if isinstance(stage, Deliveries):
        return stage
    raise lacking(stage, "bus")


def expiry(stage: Stage) -> Expiry:
    """The stage, if items can expire there. Otherwise: ``StageError``."""
    if isinstance(stage, Expiry):
        return stage
    raise lacking(stage, "table")


def relaying(stage: Stage) -> Relaying:
    """The stage, if scenarios decide about relays there. Otherwise: ``StageError``."""
    if isinstance(stage, Relaying):
        return stage
    raise lacking(stage, "bus")


def faults(stage: Stage) -> Faults:
    """The stage, if calls can be made to go wrong there. Otherwise: ``StageError``."""
    if isinstance(stage, Faults):
        return stage
    raise lacking(stage, "calls")


def environments(stage: Stage) -> Environments:
    """The stage, if its environments can be ended. Otherwise: ``StageError``."""
    if isinstance(stage, Environments):
        return stage
    raise lacking(stage, "cold")


def read_model(stage: Stage) -> ReadModel:
    """The stage, if its read model can be reached. Otherwise: ``StageError``."""
    if isinstance(stage, ReadModel):
        return stage
    raise lacking(stage, "table")


def expire_views(stage: Stage) -> int:
    """Remove the read model's items that have a time to live, where that can be done."""
    return stage.expire_views() if isinstance(stage, ExpiringViews) else 0


def time_passes(stage: Stage) -> bool:
    """Let the functions' clocks go on, where that can be done; whether they did."""
    return isinstance(stage, Clocks) and stage.wait()


def lacking(stage: Stage, capability: str) -> StageError:
    """The error of a step that needs a capability that the stage does not have."""
    return StageError(f"stage {stage.name}", f"a step needs {capability}",
                      "play it on the embedded stage")
