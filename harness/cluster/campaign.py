"""A campaign over many seeds: tasks are handed to a cluster, a few for each worker at a time.

Seeds come one after another, each with all requirements that want more. So the first findings
come early, and work that a violation makes needless is never handed out.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import uuid4

from harness.cluster.bundle import Bundle
from harness.cluster.merging import MergedResult
from harness.cluster.patience import SILENCE_SECONDS, cores_of, within
from harness.cluster.tasks import SeedResult, SeedTask
from harness.core.errors import StageError
from harness.core.verdict import Outcome

if TYPE_CHECKING:
    from distributed import Client, Future, WorkerPlugin

TASKS_EACH = 2
"""Tasks in hand for each worker: one under way, one that it can begin at once."""
LOOKING_SECONDS = 1.0
"""Seconds between two looks at the cluster while no result comes."""
WORKERLESS_SECONDS = 120.0
"""Seconds that a cluster may be without a worker."""
TRIES = 5
"""How often the system is sent to workers some of which end meanwhile."""
STALLED_SECONDS = 45.0
"""Seconds without a result, after a worker was lost, before what is in hand is handed out again."""
CLEANING_SECONDS = 15.0
"""Seconds for the cluster to forget the campaign."""
RETURNS = 3
"""How often a task is handed out again after the scheduler has given it up."""


@dataclass(frozen=True, slots=True)
class _Handed:
    """A task in hand. ``returns``: how often it came back; ``at``: when it was handed out."""

    task: SeedTask
    returns: int
    at: float


@dataclass
class SeedsCampaign:
    """One run over many seeds. ``told``: called with each result as it comes."""

    requirements: Sequence[str]
    seeds: range
    told: Callable[[SeedResult], None] = lambda _: None
    merged: dict[str, MergedResult] = field(init=False)
    _in_hand: dict[Future, _Handed] = field(default_factory=dict, init=False)
    _with_worker: float = field(default=0.0, init=False)
    _workers_seen: frozenset[str] = field(default=frozenset(), init=False)
    _lost_at: float = field(default=0.0, init=False)
    _heard_at: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self.merged = {id: MergedResult(id, self.seeds) for id in self.requirements}

    def run(self, client: Client, bundle: Bundle, profile: str, seconds: float) -> None:
        """Play until all requirements have enough, at most for some seconds.

        Raises:
            StageError: the cluster is lost.
        """
        from harness.cluster.worker import SystemPlugin

        name = f"cqrs-conformance-{uuid4().hex}"
        end = time.monotonic() + seconds
        _registered(client, SystemPlugin(name, bundle, profile))
        try:
            with client.as_current():
                self._feed(client, name, end)
        finally:
            with suppress(TimeoutError):
                within(CLEANING_SECONDS, lambda: self._forgotten(client, name))

    def _forgotten(self, client: Client, name: str) -> None:
        with suppress(OSError, ValueError):  # a worker or the scheduler has just ended
            client.cancel(list(self._in_hand), force=True)
            client.unregister_worker_plugin(name)

    def _tasks(self) -> Iterator[SeedTask]:
        for seed in self.seeds:
            for id, merged in self.merged.items():
                if not merged.complete:
                    yield SeedTask(id, seed, sweeps=seed == self.seeds[0])

    def _feed(self, client: Client, name: str, end: float) -> None:
        tasks, more = self._tasks(), True
        while time.monotonic() < end:
            room = TASKS_EACH * max(1, self._workers(client)) - len(self._in_hand)
            while more and room > 0:
                task = next(tasks, None)
                more, room = task is not None, room - 1
                if task is not None:
                    self._hand_out(client, name, task, 0)
            if not self._in_hand:
                return
            self._hand_out_what_stalled(client, name)
            for future in self._ended(end - time.monotonic()):
                self._take(client, name, future)

    def _workers(self, client: Client) -> int:
        """The number of the cluster's threads; see that there are some again before long."""
        if client.status != "running":
            raise StageError("the scheduler", "it is gone", "see what has ended it")
        cores = cores_of(client)
        if not self._workers_seen <= cores.keys():
            self._lost_at = time.monotonic()
        self._workers_seen = frozenset(cores)
        found: int = sum(cores.values())
        if found:
            self._with_worker = time.monotonic()
        elif time.monotonic() - (self._with_worker or time.monotonic()) > WORKERLESS_SECONDS:
            raise StageError("the cluster", f"no worker for {WORKERLESS_SECONDS:g} s",
                             "start some with `dask worker`")
        return found

    def _hand_out(self, client: Client, name: str, task: SeedTask, returns: int) -> None:
        from harness.cluster.worker import play

        key = f"{name}-{task.requirement}-{task.seed}-{returns}"
        future = client.submit(play, name, task, key=key, pure=False)
        self._in_hand[future] = _Handed(task, returns, time.monotonic())

    def _hand_out_what_stalled(self, client: Client, name: str) -> None:
        """Hand out anew what was in hand when a worker was lost, if no result comes any more.

        The scheduler may wait for ever for a task of a worker that has ended at the wrong moment.
        """
        if time.monotonic() - max(self._lost_at, self._heard_at) < STALLED_SECONDS:
            return
        for future, handed in list(self._in_hand.items()):
            if handed.at < self._lost_at:
                del self._in_hand[future]
                self._hand_out(client, name, handed.task, handed.returns + 1)

    def _ended(self, seconds: float) -> list[Future]:
        from distributed import wait

        patience = max(0.01, min(LOOKING_SECONDS, seconds))
        try:
            done = wait(list(self._in_hand), timeout=patience, return_when="FIRST_COMPLETED").done
        except TimeoutError:
            return []
        return list(done)

    def _take(self, client: Client, name: str, future: Future) -> None:
        handed = self._in_hand[future]
        task, returns = handed.task, handed.returns
        try:
            result = _result(task, future, returns < RETURNS)
        except TimeoutError:  # its worker has ended with it; the scheduler has it made again
            return
        del self._in_hand[future]
        self._heard_at = time.monotonic()
        if result is None:
            self._hand_out(client, name, task, returns + 1)
        elif not self.merged[task.requirement].complete:
            self.merged[task.requirement].take(result)
            self.told(result)


def _registered(client: Client, plugin: WorkerPlugin) -> None:
    """Send a plugin to all workers.

    Raises:
        StageError: it cannot be set up on one of them.
    """
    for left in reversed(range(TRIES)):
        try:
            within(SILENCE_SECONDS, lambda: client.register_plugin(plugin))
            return
        except OSError as error:  # a worker has ended; one that takes its place gets the plugin
            if not left:
                raise _unregistered(error) from None
        except Exception as error:
            raise _unregistered(error) from None


def _unregistered(error: Exception) -> StageError:
    return StageError("a worker", f"it cannot take the system: {type(error).__name__}: {error}",
                      "install the same cqrs-conformance[scale] there, and the contract")


def _result(task: SeedTask, future: Future, again: bool) -> SeedResult | None:
    """Return a task's result; None where it is to be handed out again.

    Raises:
        TimeoutError: the result does not come.
    """
    try:
        found: SeedResult = future.result(LOOKING_SECONDS)
    except (Exception, CancelledError) as error:
        if isinstance(error, TimeoutError) and future.status != "error":
            raise
        if again:
            return None
        return SeedResult(task.requirement, task.seed, Outcome.ERRORED,
                          f"the cluster gave it up: {type(error).__name__}: {error}")
    return found
