"""The part of a campaign that Dask's workers have: a system's files, and processes that play it.

Dask sends the plugin once to every worker, also to one that starts later in place of another.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import replace
from multiprocessing.connection import Connection
from queue import Empty, SimpleQueue

from distributed import Worker, WorkerPlugin, get_worker

from harness.cluster.bundle import Bundle
from harness.cluster.host import ENDING, Setup
from harness.cluster.tasks import SeedResult, SeedTask
from harness.core.temporary_folders import temporary_folder
from harness.core.verdict import Outcome


class HostProcess:
    """A process that hosts the stage; see ``host``."""

    def __init__(self, setup: Setup) -> None:
        tasks, self._tasks = os.pipe()
        self._results, results = os.pipe()
        alive, self._alive = os.pipe()
        theirs = (tasks, results, alive)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "harness.cluster.host", *map(str, theirs)], pass_fds=theirs,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            start_new_session=True)
        for descriptor in theirs:
            os.close(descriptor)
        self._sending = Connection(self._tasks, readable=False)
        self._receiving = Connection(self._results, writable=False)
        self._sending.send(setup)

    def play(self, task: SeedTask) -> SeedResult:
        """Play a task; a process that dies by it is *errored*.

        Raises:
            EOFError, OSError: the process has died.
        """
        self._sending.send(task)
        found: SeedResult = self._receiving.recv()
        return found

    def died(self) -> str:
        """Return how the process ended."""
        return f"the process that played it ended with {self._process.wait(ENDING)}"

    def close(self) -> None:
        """End the process."""
        self._sending.close()
        self._receiving.close()
        os.close(self._alive)
        try:
            self._process.wait(ENDING)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class SystemPlugin(WorkerPlugin):  # type: ignore[misc]  # distributed has no types
    """Keeps a system's files on a worker, and one process for each of its threads."""

    def __init__(self, name: str, bundle: Bundle, profile: str) -> None:
        self.name, self.bundle, self.profile = name, bundle, profile

    def setup(self, worker: Worker) -> None:
        """Unpack the files."""
        self._ending = ExitStack()
        self._folder = self._ending.enter_context(temporary_folder())
        self._system = self.bundle.unpack(self._folder)
        self._idle: SimpleQueue[HostProcess] = SimpleQueue()

    def teardown(self, worker: Worker) -> None:
        """End every process and remove the files."""
        self._ending.close()

    def play(self, task: SeedTask) -> SeedResult:
        """Play a task in a process that is idle, or in a new one."""
        try:
            host = self._idle.get_nowait()
        except Empty:
            host = HostProcess(Setup(self._system, self.profile))
            self._ending.callback(host.close)
        try:
            found = host.play(task)
        except (EOFError, OSError):
            return SeedResult(task.requirement, task.seed, Outcome.ERRORED, host.died())
        self._idle.put(host)
        return replace(found, reason=found.reason.replace(str(self._folder), self.bundle.root))


def play(name: str, task: SeedTask) -> SeedResult:
    """Play a task on the worker that this runs on; ``name``: the plugin's."""
    plugin: SystemPlugin = get_worker().plugins[name]
    return plugin.play(task)
