"""Functions that end, signal or fork their process, which is the harness's here.

On Lambda ``os._exit`` ends the invocation and its environment. Here it ends those two, and the run
goes on. A forked child never returns into the harness: it ends with the invocation's code, and all
children end with the run. A program that a function starts gets the variables of the function's
environment, never those of the harness.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, NoReturn
from unittest import mock

REAL_EXIT, REAL_KILL, REAL_KILLPG = os._exit, os.kill, os.killpg
REAL_ABORT, REAL_FORK, REAL_RAISE = os.abort, os.fork, signal.raise_signal
REAL_SYSTEM, REAL_EXECV, REAL_START = os.system, os.execv, subprocess.Popen.__init__
PLACE_OF_VARIABLES = 10
"""The place of ``env`` among Popen's arguments after the program's."""


@dataclass
class ProcessControl:
    """Keeps functions from ending the harness.

    ``in_function`` tells if a function's code runs in this thread. ``end`` ends the running
    invocation for a reason, and gives the exception to raise in its code.
    """

    in_function: Callable[[], bool]
    end: Callable[[str], BaseException]
    _process: int = field(default_factory=os.getpid)
    _children: list[int] = field(default_factory=list)

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Replace the functions while the context lasts; then end the children that are left."""
        replaced: dict[str, Callable[..., Any]] = {
            "_exit": self._exit, "abort": self._abort, "kill": self._kill, "killpg": self._killpg,
            "fork": self._fork, "system": self._system, "execv": self._execv}
        with ExitStack() as patches:
            for name, replacement in replaced.items():
                patches.enter_context(mock.patch.object(os, name, replacement))
            patches.enter_context(mock.patch.object(signal, "raise_signal", self._raise))
            patches.enter_context(mock.patch.object(
                subprocess.Popen, "__init__", self._starting()))
            patches.callback(self._end_children)
            yield

    def _here(self) -> bool:
        return os.getpid() == self._process and self.in_function()

    def _exit(self, status: int) -> NoReturn:
        if not self._here():
            REAL_EXIT(status)
        raise self.end(f"Runtime exited with exit status {status}")

    def _abort(self) -> NoReturn:
        if not self._here():
            REAL_ABORT()
        raise self._signalled(signal.SIGABRT)

    def _kill(self, pid: int, number: int) -> None:
        if number and self._here() and pid in (self._process, 0, -1, -os.getpgrp()):
            raise self._signalled(number)
        REAL_KILL(pid, number)

    def _killpg(self, group: int, number: int) -> None:
        if number and self._here() and group in (os.getpgrp(), 0):
            raise self._signalled(number)
        REAL_KILLPG(group, number)

    def _raise(self, number: int) -> None:
        if self._here():
            raise self._signalled(number)
        REAL_RAISE(number)

    def _signalled(self, number: int) -> BaseException:
        return self.end(f"Runtime exited with error: signal: {signal.Signals(number).name}")

    def _fork(self) -> int:
        child = REAL_FORK()
        if child and self._here():
            self._children.append(child)
        return child

    def _starting(self) -> Callable[..., None]:
        """Popen's start; what inherits variables inherits those of the function's environment."""
        in_function = self.in_function

        def start(process: Any, program: Any, *others: Any, **named: Any) -> None:
            if len(others) < PLACE_OF_VARIABLES and named.get("env") is None and in_function():
                named["env"] = dict(os.environ)
            REAL_START(process, program, *others, **named)

        return start

    def _system(self, command: Any) -> int:
        if not self.in_function():
            return REAL_SYSTEM(command)
        status = subprocess.call(command, shell=True)
        return -status if status < 0 else status << 8

    def _execv(self, path: Any, arguments: Any) -> NoReturn:
        if self.in_function():
            os.execve(path, arguments, dict(os.environ))
        REAL_EXECV(path, arguments)

    def _end_children(self) -> None:
        for child in self._children:
            with suppress(ProcessLookupError, ChildProcessError):
                REAL_KILL(child, signal.SIGKILL)
                os.waitpid(child, 0)
