"""Processes that end with the harness: frozen, thawed, killed with all they started.

A process leads a group of its own, so that Ctrl-C does not reach it and one signal ends its
children as well. When the harness is killed, the guard (module ``guard``) ends every group. Where
the system can, the kernel has ended the leaders before (prctl(2), PR_SET_PDEATHSIG, which children
do not inherit).
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from pathlib import Path

from harness.functions.invocation import OUTPUT_LIMIT

LAUNCHER = ThreadPoolExecutor(1, "launcher")
"""PR_SET_PDEATHSIG ends a process with the thread that started it, so that thread has to last."""
KILLED_WITH_PARENT = ("--pdeathsig", "KILL", "--")
GUARD = Path(__file__).with_name("guard.py")


class Process:
    """A process that is being started; ``output`` is the descriptor of its output."""

    def __init__(self, command: Sequence[str], variables: Mapping[str, str], folder: Path) -> None:
        self.output, theirs = os.pipe()
        os.set_blocking(self.output, False)
        self._printed: list[bytes] = []
        self._size = 0
        self._frozen = self._ended = False
        self._started: Future[subprocess.Popen[bytes]] = LAUNCHER.submit(
            _launch, command, dict(variables), folder, theirs)

    @property
    def _process(self) -> subprocess.Popen[bytes]:
        return self._started.result()

    def exit_status(self) -> int | None:
        """The exit status, negative for a signal; None while the process runs.

        Raises:
            OSError: the process could not be started.
        """
        return self._process.poll()

    def starved(self) -> float:
        """Seconds that its threads had work and no processor; 0 where the system does not tell.

        Source: Linux, Documentation/scheduler/sched-stats: the second figure of schedstat.
        """
        found = Path(f"/proc/{self._process.pid}/task").glob("*/schedstat")
        try:
            return sum(int(each.read_text("ascii").split()[1]) for each in found) / 1e9
        except (OSError, IndexError, ValueError):
            return 0.0

    def freeze(self) -> None:
        """Stop the process where it is."""
        self._signal(signal.SIGSTOP, frozen=True)

    def thaw(self) -> None:
        """Let the process go on."""
        self._signal(signal.SIGCONT, frozen=False)

    def _signal(self, which: signal.Signals, *, frozen: bool) -> None:
        if self._ended or self._frozen is frozen or self._process.poll() is not None:
            return
        self._frozen = frozen
        os.killpg(self._process.pid, which)

    def read_output(self) -> bool:
        """Read the text that it has printed; give false when no more can come."""
        while not self._ended:
            try:
                text = os.read(self.output, OUTPUT_LIMIT)
            except BlockingIOError:
                return True
            if not text:
                return False
            if self._size < OUTPUT_LIMIT:
                self._printed.append(text)
                self._size += len(text)
        return False

    def take_output(self) -> str:
        """The text that it printed since the last call, up to a limit."""
        self.read_output()
        text = b"".join(self._printed).decode("utf-8", "replace")[:OUTPUT_LIMIT]
        self._printed, self._size = [], 0
        return text

    def finish(self, deadline: float) -> bool:
        """Ask the process to end; tell if it did within ``deadline`` seconds."""
        if self.exit_status() is None:
            self.thaw()
            os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(deadline)
        except subprocess.TimeoutExpired:
            return False
        return True

    def end(self) -> None:
        """Kill the process and its children; its output can still be taken."""
        if self._ended:
            return
        if self._started.exception() is None:
            _kill(self._process)
            self.read_output()
        self._ended = True
        os.close(self.output)


def _launch(
    command: Sequence[str], variables: dict[str, str], folder: Path, output: int
) -> subprocess.Popen[bytes]:
    setpriv = shutil.which("setpriv")
    try:
        process = subprocess.Popen(
            [setpriv, *KILLED_WITH_PARENT, *command] if setpriv else list(command),
            env=variables, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            process_group=0)
    finally:
        os.close(output)
    _tell_guard(process.pid)
    return process


def _kill(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        process.kill()
    process.wait()
    _tell_guard(-process.pid)


@cache
def _guard() -> subprocess.Popen[bytes]:
    """The guard of all processes, in a session of its own, where Ctrl-C does not reach it."""
    return subprocess.Popen(
        [sys.executable, "-I", "-S", str(GUARD)], stdin=subprocess.PIPE, bufsize=0,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)


def _tell_guard(group: int) -> None:
    told = _guard().stdin
    assert told is not None
    with suppress(BrokenPipeError):
        told.write(f"{group}\n".encode())
