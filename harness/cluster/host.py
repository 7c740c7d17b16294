"""A process that plays tasks: the embedded stage of one worker, opened once.

The stage needs a process of its own, whose main thread it has: it replaces clocks, sleep and
threads. Tasks come and results go through two pipes. Where a third one, which nobody writes to,
has its end, the worker is gone, and the process ends.

Usage: ``python -m harness.cluster.host TASKS RESULTS WORKER`` (numbers of open files).
"""

from __future__ import annotations

import _thread
import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from harness.cluster.bundle import System
from harness.cluster.tasks import SeedResult, SeedTask, result_of
from harness.core.contract import Contract
from harness.core.contract_registry import find_contract
from harness.core.errors import HarnessError
from harness.core.stage import Stage
from harness.core.verdict import Outcome
from harness.explore.campaign import Campaign
from harness.explore.profiles import PROFILES, Profile
from harness.stages.embedded.systems import dialect_of, embedded_system
from harness.template import load

ENDING = 10.0
"""Seconds for a stage to close after its worker is gone."""


@dataclass(frozen=True, slots=True)
class Setup:
    """The system that a process plays, and how much of it."""

    system: System
    profile: str


def serve(tasks: Connection, results: Connection) -> None:
    """Play one task after another until there are no more."""
    setup: Setup = tasks.recv()
    try:
        contract, template = find_contract(setup.system.contract), load(Path(setup.system.template))
        dialect = dialect_of(template, contract, setup.system.dialect)
        with embedded_system(template, contract, dialect) as stage:
            profile = PROFILES[setup.profile]
            _answer(tasks, results, lambda task: _played(contract, stage, profile, task))
    except HarnessError as error:
        reason = str(error)
        _answer(tasks, results, lambda task: _errored(task, reason))


def _answer(
    tasks: Connection, results: Connection, play: Callable[[SeedTask], SeedResult]
) -> None:
    with suppress(EOFError, BrokenPipeError):
        while True:
            results.send(play(tasks.recv()))


def _played(contract: Contract, stage: Stage, profile: Profile, task: SeedTask) -> SeedResult:
    try:
        campaign = Campaign(contract, stage, profile, task.seed)
        return result_of(campaign.examine(task.requirement, sweeps=task.sweeps), task.seed)
    except HarnessError as error:
        return _errored(task, str(error))


def _errored(task: SeedTask, reason: str) -> SeedResult:
    return SeedResult(task.requirement, task.seed, Outcome.ERRORED, reason)


def _end_with(worker: int) -> None:
    """End this process when the worker's end of a pipe closes."""
    os.read(worker, 1)
    timer = threading.Timer(ENDING, os._exit, (1,))
    timer.daemon = True
    timer.start()
    _thread.interrupt_main()


def main() -> None:
    """Serve the pipes that the command line names."""
    tasks, results, worker = map(int, sys.argv[1:])
    threading.Thread(target=_end_with, args=(worker,), daemon=True).start()
    with suppress(KeyboardInterrupt):
        serve(Connection(tasks, writable=False), Connection(results, readable=False))


if __name__ == "__main__":
    main()
