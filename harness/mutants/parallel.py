"""Hunts in parallel, each in its own process with a deadline; no process is left behind.

Processes are forked from one that has imported the harness already: importing takes seconds.
"""

from __future__ import annotations

import multiprocessing
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerProcess

from harness.mutants.hunt_process import SETTING_UP, SHRINKING, Task, run_hunt
from harness.mutants.results import HuntOutcome, HuntResult

ENDING = 10.0
"""Seconds for a process to end after it has sent its last result."""


@dataclass(slots=True)
class _Running:
    task: Task
    process: ForkServerProcess
    channel: Connection
    deadline: float
    result: HuntResult | None = None

    def receive(self) -> bool:
        """Take the next result; True if the process has ended."""
        try:
            self.result = self.channel.recv()
        except (EOFError, OSError):
            return True
        self.deadline = max(self.deadline, time.monotonic() + SHRINKING)
        return False

    def end(self) -> HuntResult:
        """End the process, by force if necessary; gives the result of its hunt."""
        overdue = time.monotonic() >= self.deadline
        self.process.join(0.0 if overdue else ENDING)
        self.process.kill()  # what an implementation has started may keep it from ending
        self.process.join()
        self.channel.close()
        why = "it did not end in time" if overdue else (
            f"its process ended with {self.process.exitcode} and told nothing")
        return self.result or HuntResult(HuntOutcome.ERRORED, why)


def run_all(
    tasks: Iterable[Task], jobs: int, setting_up: float = SETTING_UP
) -> Iterator[tuple[Task, HuntResult]]:
    """Make hunts, ``jobs`` at a time; gives each result when its hunt ends."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([run_hunt.__module__])
    waiting, running = deque(tasks), dict[Connection, _Running]()

    def start(task: Task) -> _Running:
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=run_hunt, args=(theirs, task))
        process.start()
        theirs.close()
        return _Running(task, process, ours, time.monotonic() + task.budget + setting_up)

    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                begun = start(waiting.popleft())
                running[begun.channel] = begun
            for each in _ended(running):
                del running[each.channel]
                yield each.task, each.end()
    finally:
        for each in running.values():
            each.deadline = 0.0
            each.end()


def _ended(running: dict[Connection, _Running]) -> list[_Running]:
    """Wait for a result or a deadline; gives the hunts that have ended or are overdue."""
    patience = min(each.deadline for each in running.values()) - time.monotonic()
    told = wait(list(running), max(0.0, patience))
    over = [each for channel, each in running.items() if channel in told and each.receive()]
    now = time.monotonic()
    return over + [e for e in running.values() if e not in over and e.deadline <= now]
