"""The watchdog of functions that run in this process: one that does not come back is ended."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from harness.core.errors import StageError
from harness.functions.invocation import Termination

GRACE = 3
"""Alarms that a stuck function may swallow before the process ends."""
REAL_SIGNAL, REAL_SETITIMER = signal.signal, signal.setitimer


class _Stuck(Termination):
    """Raised inside a function that does not come back."""


@contextmanager
def watched(name: str, deadline: float) -> Iterator[None]:
    """End what takes longer than the deadline: a stuck function is no verdict."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    alarm = _Alarm(name, deadline)
    before = REAL_SIGNAL(signal.SIGALRM, alarm)
    REAL_SETITIMER(signal.ITIMER_REAL, deadline, 1.0)
    try:
        yield
    except _Stuck as error:
        raise alarm.trouble() from error
    finally:
        REAL_SETITIMER(signal.ITIMER_REAL, 0)
        REAL_SIGNAL(signal.SIGALRM, before)


class _Alarm:
    """Raises in a function that is stuck, and ends the process if even that is swallowed."""

    def __init__(self, name: str, deadline: float) -> None:
        self._name, self._deadline = name, deadline
        self._where = "?"
        self._raised = 0

    def __call__(self, _signal: int, frame: FrameType | None) -> None:
        if frame is not None and not self._raised:
            self._where = f"{frame.f_code.co_filename}, line {frame.f_lineno}"
        self._raised += 1
        if self._raised > GRACE:
            print(f"no verdict: {self.trouble()}", file=sys.__stderr__, flush=True)
            os._exit(3)
        raise _Stuck

    def trouble(self) -> StageError:
        return StageError(
            f"function {self._name}", f"still runs after {self._deadline:g} s ({self._where})",
            "look for an endless loop or a wait in it")
