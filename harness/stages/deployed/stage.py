"""A stage that the harness does not control: many plays at once, each with its own namespace.

``DeployedStage`` is what plays share: the front door, the access behind it, the pace. Each play
runs on a ``DeployedPlay`` of its own, which satisfies ``Stage``: records and namespace are the
play's. Steps that a deployed stage cannot play are no business of its: see ``capability_filter``.
"""

from __future__ import annotations

import random
import string
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from harness.core.bus_entry import BusEntry
from harness.core.errors import StageError
from harness.core.history import Record, Stored, System
from harness.core.http import Request, Response
from harness.core.interleaving import ScheduleDecision
from harness.core.pace import Pace
from harness.core.scenario import Concurrently, Query, Send, Settle
from harness.core.stage import lacking
from harness.stages.deployed.evidence import Evidence, NoEvidence
from harness.stages.deployed.front_door import FrontDoor

STEPS: frozenset[type] = frozenset({Send, Query, Settle, Concurrently})
"""The steps that every deployed stage can play."""
LETTERS = string.ascii_letters + string.digits
NAMESPACE_LENGTH = 6
"""As long as the embedded stage's. 62**6 of them: runs on one stage practically never share one."""


class DeployedStage:
    """Where plays run: a front door and perhaps more.

    ``begin`` is told the namespace of each play before anything of it is sent.
    """

    def __init__(self, name: str, front: FrontDoor, *, pace: Pace | None = None,
                 evidence: Evidence | None = None, plays: int = 64,
                 begin: Callable[[str], None] | None = None) -> None:
        self.name, self.front = name, front
        self.pace = pace or Pace()
        self.evidence: Evidence = evidence or NoEvidence()
        self.plays = plays
        self.capabilities = self.evidence.capabilities | {"http"}
        self.steps = STEPS | self.evidence.steps
        self.system = replace(self.evidence.system, capabilities=tuple(sorted(self.capabilities)))
        self.broken: StageError | None = None
        self._random = random.SystemRandom()
        self._begin = begin

    def play(self, pace: Pace | None = None) -> DeployedPlay:
        """A stage for one play, on which views are waited for as this one says."""
        namespace = "".join(self._random.choices(LETTERS, k=NAMESPACE_LENGTH))
        if self._begin is not None:
            self._begin(namespace)
        return DeployedPlay(self, namespace, pace or self.pace)

    def send(self, request: Request) -> Response:
        """Send a request. Once one could not be sent none is, until ``broken`` is taken back.

        Raises:
            StageError: the stage is broken.
        """
        if self.broken is not None:
            raise self.broken
        try:
            return self.front.send(request)
        except StageError as error:
            self.broken = error
            raise

    def close(self) -> None:
        """End all connections."""
        self.front.close()


class DeployedPlay:
    """One play on a deployed stage. See ``Stage``."""

    def __init__(self, stage: DeployedStage, namespace: str, pace: Pace) -> None:
        self.name, self.capabilities = stage.name, stage.capabilities
        self.system: System = stage.system
        self.pace: Pace | None = pace
        self.records: list[Record] = []
        self._stage, self._evidence = stage, stage.evidence
        self._namespace = namespace
        self._stored: dict[str, str] = {}
        self._gates = threading.local()

    def reset(self) -> None:
        """Nothing here is ever empty: namespaces keep plays apart."""

    def start(self, *, fresh: bool, always_cold: bool) -> str:
        """Begin the play; it can be neither on an empty system nor always cold."""
        if fresh or always_cold:
            raise lacking(self, "an empty system" if fresh else "cold starts")
        return self._namespace

    def send(self, request: Request, *, base64: bool = False) -> Response:
        """Send a request to the front door. Real gateways decide on the encoding themselves."""
        gate = self._gates.__dict__.pop("gate", None)
        if gate is not None:
            with suppress(threading.BrokenBarrierError):
                gate.wait()
        return self._stage.send(request)

    def concurrently(
        self, branches: Sequence[Callable[[], None]], schedule: Sequence[int]
    ) -> list[ScheduleDecision]:
        """Run branches in threads; who goes first is not ours to say.

        Nobody's first request goes out before everybody has one to send, so that they overlap.
        """
        gate = threading.Barrier(len(branches))
        failed: list[BaseException] = []

        def run(branch: Callable[[], None]) -> None:
            self._gates.gate = gate
            try:
                branch()
            except BaseException as error:
                failed.append(error)
            if "gate" in self._gates.__dict__:
                gate.abort()

        threads = [threading.Thread(target=run, args=(branch,), daemon=True)
                   for branch in branches]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failed:
            raise failed[0]
        return []

    def settle(self, *, final: bool) -> tuple[int, int]:
        """The views have been waited for: record what has changed in the event store since."""
        if "log" in self.capabilities:
            now = self._evidence.objects(self._namespace)
            self.records += _changes(self._stored, now)
            self._stored = dict(now)
        return 0, 0

    def item(self, aggregate: str) -> str | None:
        """The read model's item of that id."""
        return self._evidence.item(aggregate)

    def wipe(self) -> int:
        """Remove the play's items from the read model."""
        return self._evidence.wipe(self._namespace)

    def publish(self, entry: BusEntry) -> int:
        """Put a foreign entry on the bus."""
        return self._evidence.publish(entry)

    def event_origin(self) -> tuple[str, str]:
        """Source and bus name of the implementation's events."""
        return self._evidence.event_origin()

    def redeliver(self, pick: int) -> None:
        """Have an event of the play delivered again."""
        self.records += self._evidence.redeliver(self._evidence.objects(self._namespace), pick)

    def send_batch(self, bodies: Sequence[str]) -> None:
        """Hand commands to the command function as records of one batch."""
        self._evidence.send_batch(bodies)

    def restart(self) -> None:
        """End every environment."""
        self._evidence.restart()


def _changes(before: Mapping[str, str], now: Mapping[str, str]) -> list[Record]:
    """The changes of a play's objects between two looks."""
    added = [Stored("added", key, now[key], None) for key in now if key not in before]
    changed = [Stored("changed", key, now[key], None)
               for key in now if key in before and now[key] != before[key]]
    removed = [Stored("removed", key, before[key], None) for key in before if key not in now]
    return [*added, *changed, *removed]
