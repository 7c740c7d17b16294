"""Open-loop load: requests are due at times that do not depend on how fast the system answers.

Latency counts from the moment at which a request was due, so a system that stalls shows it (G.
Tene, "How NOT to Measure Latency": coordinated omission). Between two requests lies a think time
with an exponential distribution. Which life gets the next step follows Zipf's law: a few are hot.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from queue import SimpleQueue
from typing import Any

from harness.core.clock import Clock
from harness.core.contract import Contract
from harness.core.errors import HarnessError, StageError
from harness.core.stage import Stage
from harness.soak.figures import Figures, Times
from harness.soak.lives import Life, Sendable

SLICES = 20
JUDGES = 16
"""Lives that settle at once; each waits about a second to see that its views stay."""
BEHIND = 30.0
"""Seconds of load that wait to be sent at most; what is due beyond them is left out."""


@dataclass(frozen=True, slots=True)
class Demand:
    """The load: requests a second for some seconds, ``users`` of them at once at most.

    ``aggregates``: lives at a time. ``zipf``: the exponent by which hot ones get more (0: none).
    """

    seconds: float
    rate: float
    users: int
    aggregates: int
    zipf: float
    seed: int

    @property
    def slice_seconds(self) -> float:
        """Length of a part of the time that has quantiles of its own."""
        return self.seconds / SLICES

    def share(self, number: int, of: int) -> Demand:
        """The load of one worker among several, each with aggregates of its own."""
        def part(whole: int) -> int:
            return max(1, whole // of)

        return Demand(self.seconds, self.rate / of, part(self.users), part(self.aggregates),
                      self.zipf, self.seed * of + number)


@dataclass
class Load:
    """One soak in this process. ``plays``: opens a stage for a life; ``told``: takes sentences."""

    demand: Demand
    contract: Contract
    plays: Callable[[], Stage]
    steps: Iterator[tuple[Sendable, ...]]
    clock: Clock
    told: Callable[[str], None] = lambda _: None
    figures: Figures = field(default_factory=Figures)
    _jobs: SimpleQueue[Callable[[], None] | None] = field(default_factory=SimpleQueue)
    _ends: SimpleQueue[Life | None] = field(default_factory=SimpleQueue)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _waiting: int = 0

    def run(self) -> Figures:
        """Send until the time is over, then judge what is still open."""
        users = [threading.Thread(target=self._user, daemon=True)
                 for _ in range(self.demand.users)]
        judges = [threading.Thread(target=self._judge, daemon=True) for _ in range(JUDGES)]
        for thread in (*users, *judges):
            thread.start()
        lives = self._send()
        _end(self._jobs, users)
        for life in lives:
            self._ends.put(life)
        _end(self._ends, judges)
        return self.figures

    def _send(self) -> list[Life]:
        demand, chance = self.demand, random.Random(self.demand.seed)
        weights = list(accumulate(1 / (rank + 1)**demand.zipf
                                  for rank in range(demand.aggregates)))
        lives: dict[int, Life] = {}
        started = self.clock.now()
        due = 0.0
        while not self.figures.broken:
            due += chance.expovariate(demand.rate)
            if due >= demand.seconds:
                break
            self.clock.wait(started + due - self.clock.now())
            rank = chance.choices(range(demand.aggregates), cum_weights=weights)[0]
            self._due(lives, rank, started, due)
        return list(lives.values())

    def _due(self, lives: dict[int, Life], rank: int, started: float, due: float) -> None:
        """Hand out the request that is due, for the life of a rank."""
        if self._waiting > BEHIND * self.demand.rate:
            self.figures.unsent += 1
            return
        life = lives.get(rank)
        step = None if life is None else life.begin()
        if step is None:
            if life is not None:
                self._ends.put(life)
            life = lives[rank] = Life(self.plays(), self.contract, next(self.steps))
            step = life.begin()
        assert step is not None
        assert life is not None
        command = life.is_command()
        with self._lock:
            self._waiting += 1
        self._jobs.put(lambda: self._request(step, started, due, command))

    def _request(
        self, step: Callable[[], str], started: float, due: float, command: bool
    ) -> None:
        status = step()
        seconds = self.clock.now() - started - due
        with self._lock:
            figures = self.figures
            figures.commands += command
            figures.queries += not command
            figures.statuses[status] += 1
            figures.latency.add(seconds)
            number = int(due / self.demand.slice_seconds)
            figures.slices.setdefault(number, Times()).add(seconds)

    def _user(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                job()
            except HarnessError as error:
                self._broken(error)
            finally:
                with self._lock:
                    self._waiting -= 1

    def _judge(self) -> None:
        while (life := self._ends.get()) is not None:
            while not life.over and not self.figures.broken:
                self.clock.wait(0.05)
            if self.figures.broken:
                continue
            own = Figures()
            try:
                life.conclude(own)
            except HarnessError as error:
                self._broken(error)
                continue
            with self._lock:
                first = own.kinds and not self.figures.kinds
                self.figures.merge(own)
            if first:
                self.told(f"first violation: {own.wrong[0].kind}")

    def _broken(self, error: HarnessError) -> None:
        with self._lock:
            self.figures.broken = self.figures.broken or str(error)


def _end(queue: SimpleQueue[Any], threads: list[threading.Thread]) -> None:
    for _ in threads:
        queue.put(None)
    for thread in threads:
        thread.join()


def check_whole(figures: Figures) -> None:
    """See that the soak can be judged.

    Raises:
        StageError: the stage broke, or nothing was judged.
    """
    if figures.broken:
        raise StageError("the soak", f"it ended early: {figures.broken}", "see the stage's logs")
    if not figures.lives or not figures.commands:
        raise StageError("the soak", "nothing was judged",
                         "let it last longer, or give a higher --rate")
