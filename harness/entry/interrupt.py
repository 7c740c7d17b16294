"""Ctrl-C that is heeded: a KeyboardInterrupt may be swallowed on its way up.

It is raised wherever the program happens to be, also in callbacks and in other people's
handlers, where Python can only report and forget it. So it is raised again until somebody
says that it has arrived.
"""

from __future__ import annotations

import _thread
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

AGAIN = 0.5
"""Seconds until it is raised again."""


class _Again(threading.Timer):
    """A class of our own: what starts it is a signal, wherever it comes, also amid others' code."""


class Interrupt:
    """Raises KeyboardInterrupt in the main thread, from the first Ctrl-C until ``heeded``."""

    def __init__(self) -> None:
        self._timer: threading.Timer | None = None
        self._before: Any = None
        self._watching = False

    @contextmanager
    def noticed(self) -> Iterator[None]:
        """Raise it once at once, so that what is begun can be undone, and else in the end."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        arrived = []

        def note(_signal: int, _frame: FrameType | None) -> None:
            arrived.append(True)
            raise KeyboardInterrupt

        before = signal.signal(signal.SIGINT, note)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)
        if arrived:
            raise KeyboardInterrupt

    def watch(self) -> None:
        """Listen from now on; only the main thread of a process can."""
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._raise)
            self._watching = True

    def heeded(self) -> None:
        """It has arrived, or the run is over: leave Ctrl-C to whom it belonged."""
        if self._watching:
            self._watching = False
            signal.signal(signal.SIGINT, self._before)
        if self._timer is not None:
            self._timer.cancel()

    def _raise(self, _signal: int, _frame: FrameType | None) -> None:
        if not self._watching:
            return
        self._timer = _Again(AGAIN, _thread.interrupt_main)
        self._timer.daemon = True
        self._timer.start()
        raise KeyboardInterrupt
