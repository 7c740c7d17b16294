"""A stage that the harness does not control: many plays at once, each with its own namespace.

``DeployedStage`` is what plays share: the front door, the access behind it, the pace. Each play
runs on a ``DeployedPlay`` of its own, which satisfies ``Stage``: records and namespace are the
play's. Steps that a deployed stage cannot play are no business of its: see ``capability_filter``.
"""

from __future__ import annotations

import random
import secrets
import string
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from harness.core.bus_entry import BusEntry
from harness.core.contract import Contract
from harness.core.errors import StageError
from harness.core.history import Record, Stored, System
from harness.core.http import Request, Response
from harness.core.interleaving import ScheduleDecision
from harness.core.pace import Pace
from harness.core.scenario import Concurrently, Query, Send, Settle
from harness.core.stage import Stage, lacking
from harness.dialect import Dialect
from harness.dialect.bindings import Bindings
from harness.dialect.needs import capabilities
from harness.dialect.outgoing import speak_query
from harness.dialect.wire import HttpMessage, Payload, TableItem, WireMessage
from harness.stages.deployed.evidence import Evidence, NoEvidence
from harness.stages.deployed.front_door import FrontDoor
from harness.stages.deployed.probing import probe, probe_query
from harness.stages.interpreted import InterpretedStage

STEPS: frozenset[type] = frozenset({Send, Query, Settle, Concurrently})
"""The steps that every deployed stage can play."""
LETTERS = string.ascii_letters + string.digits
NAMESPACE_LENGTH = 6
"""As long as the embedded stage's. 62**6 of them: runs on one stage practically never share one."""


class DeployedStage:
    """Where plays run: a front door and perhaps more.

    ``begin`` is told the namespace of each play before anything of it is sent. ``dialect``: the one
    that the system speaks, if not the default, of the ``contract``. ``unsayable`` counts, by
    reason, the steps for which the dialect has no words.
    """

    def __init__(self, name: str, front: FrontDoor, *, pace: Pace | None = None,
                 evidence: Evidence | None = None, plays: int = 64,
                 begin: Callable[[str], None] | None = None,
                 dialect: Dialect | None = None, contract: Contract | None = None) -> None:
        self.name, self.front = name, front
        self.unsayable: Counter[str] = Counter()
        self.dialect, self._contract = dialect, contract
        self.pace = pace or Pace()
        self.evidence: Evidence = evidence or NoEvidence()
        self.plays = plays
        self.capabilities = self.evidence.capabilities | {"http"}
        if dialect is not None:
            self.capabilities = capabilities(dialect, self.capabilities)
        self.steps = STEPS | self.evidence.steps
        self.system = replace(self.evidence.system, capabilities=tuple(sorted(self.capabilities)))
        self.broken: StageError | None = None
        self._random = random.SystemRandom()
        self._begin = begin

    def play(self, pace: Pace | None = None) -> Stage:
        """A stage for one play, on which views are waited for as this one says."""
        namespace = "".join(self._random.choices(LETTERS, k=NAMESPACE_LENGTH))
        if self._begin is not None:
            self._begin(namespace)
        play = DeployedPlay(self, namespace, pace or self.pace)
        if self.dialect is None or self._contract is None:
            return play
        interpreted = InterpretedStage(
            play, self.dialect, self._contract, self.unsayable, shared=True)
        play.marks = lambda: frozenset({namespace, *interpreted.wire_ids()})
        return interpreted

    def probe(self, path: str) -> None:
        """See that something answers for itself; ``path`` is that of the contract's commands.

        Raises:
            StageError: nothing does, or what commands need cannot be set up.
        """
        if self.dialect is None or self._contract is None:
            probe(self.front, path)
            return
        unused = speak_query(self.dialect, self._contract, f"x{secrets.token_hex(8)}",
                             Bindings(self.dialect.ids))
        if isinstance(unused, HttpMessage):
            probe_query(self.front, unused.request)
        if self.dialect.setups:
            self.play().start(fresh=False, always_cold=False)

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
        self.marks: Callable[[], frozenset[str]] = lambda: frozenset({namespace})
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
        self._meet()
        return self._stage.send(request)

    def transmit(self, message: WireMessage, *, base64: bool = False) -> Response:
        """Send a message of a dialect. See ``SpeakingStage``; claims are a real authorizer's."""
        if isinstance(message, HttpMessage):
            return self.send(message.request)
        self._meet()
        if isinstance(message, Payload):
            return self._evidence.invoke(message.function, message.text)
        if isinstance(message, TableItem):
            return self._evidence.put_item(message.table, message.text)
        return self._evidence.enqueue(message.queue, message.text)

    def forget(self) -> None:
        """Take what was sent so far as the world before the play. See ``SpeakingStage``."""
        self.records = []

    def _meet(self) -> None:
        """Wait until every branch has something to send."""
        gate = self._gates.__dict__.pop("gate", None)
        if gate is not None:
            with suppress(threading.BrokenBarrierError):
                gate.wait()

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
            now = self._evidence.objects(*self.marks())
            self.records += _changes(self._stored, now)
            self._stored = dict(now)
        return 0, 0

    def item(self, aggregate: str) -> str | None:
        """The read model's item of that id."""
        return self._evidence.item(aggregate)

    def wipe(self) -> int:
        """Remove the play's items from the read model."""
        return self._evidence.wipe(*self.marks())

    def publish(self, entry: BusEntry) -> int:
        """Put a foreign entry on the bus."""
        return self._evidence.publish(entry)

    def event_origin(self) -> tuple[str, str]:
        """Source and bus name of the implementation's events."""
        return self._evidence.event_origin()

    def redeliver(self, pick: int) -> None:
        """Have an event of the play delivered again."""
        self.records += self._evidence.redeliver(self._evidence.objects(*self.marks()), pick)

    def hand_over(self, entry: BusEntry, pick: int, *, late: bool) -> None:
        """Have an entry delivered to the functions that the rules name."""
        self.records += self._evidence.hand_over(entry, pick, late=late)

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
