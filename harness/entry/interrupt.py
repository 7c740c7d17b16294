"""Ctrl-C and SIGTERM that always end a run, although a KeyboardInterrupt may be lost on its way up.

Python raises it wherever the program happens to be. In callbacks and in handlers of other
libraries it is only reported and forgotten. ``Interrupt`` therefore raises it again until the
session calls ``heeded``.
"""

from __future__ import annotations

import _thread
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

REPEAT_AFTER = 0.5
"""Seconds until the interrupt is raised again."""


SIGNALS = (signal.SIGINT, signal.SIGTERM)
"""Ctrl-C, and the signal by which CI cancels a job: both end a run after the same clean-up."""


def _handled_by(handler: Any) -> dict[signal.Signals, Any]:
    """Let a handler take the signals; return those that took them before."""
    return {number: signal.signal(number, handler) for number in SIGNALS}


def _restored(before: dict[signal.Signals, Any]) -> None:
    for number, handler in before.items():
        signal.signal(number, handler)


class _RepeatTimer(threading.Timer):
    """A timer that the stage lets start: a signal may come amid the code of a function."""


class Interrupt:
    """Raises KeyboardInterrupt in the main thread, from the first Ctrl-C until ``heeded``.

    ``happened``: a signal came, whether or not its KeyboardInterrupt got to pytest.
    """

    def __init__(self) -> None:
        self._timer: threading.Timer | None = None
        self._before: dict[signal.Signals, Any] = {}
        self._watching = False
        self.happened = False
        self._report_lost: Callable[[Any], Any] = sys.unraisablehook

    @contextmanager
    def noticed(self) -> Iterator[None]:
        """Raise an interrupt at once, so that cleaning up can run, and once more at the end."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        arrived: list[bool] = []

        def note(_signal: int, _frame: FrameType | None) -> None:
            arrived.append(True)
            raise KeyboardInterrupt

        before = _handled_by(note)
        try:
            yield
        finally:
            _restored(before)
        if arrived:
            raise KeyboardInterrupt

    def watch(self) -> None:
        """Handle both signals from now on; only the main thread of a process can."""
        if threading.current_thread() is threading.main_thread():
            self._before = _handled_by(self._raise)
            self._report_lost = sys.unraisablehook
            sys.unraisablehook = self._lost
            self._watching = True

    def heeded(self) -> None:
        """Stop repeating and restore the old handler: the interrupt arrived, or the run is over."""
        if self._watching:
            self._watching = False
            _restored(self._before)
            sys.unraisablehook = self._report_lost
        if self._timer is not None:
            self._timer.cancel()

    def _lost(self, lost: Any) -> None:
        """Report no interrupt that a callback has lost: it is raised again."""
        if not issubclass(lost.exc_type, KeyboardInterrupt):
            self._report_lost(lost)

    def _raise(self, _signal: int, _frame: FrameType | None) -> None:
        if not self._watching:
            return
        self.happened = True
        self._timer = _RepeatTimer(REPEAT_AFTER, _thread.interrupt_main)
        self._timer.daemon = True
        self._timer.start()
        raise KeyboardInterrupt
