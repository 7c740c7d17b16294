"""Ctrl-C and SIGTERM that always end a run, although a KeyboardInterrupt may be lost on its way up.

Python raises it wherever the program happens to be. In callbacks and in handlers of other
libraries it is only reported and forgotten. ``Interrupt`` therefore raises it again until the
session calls ``heeded``.
"""

from __future__ import annotations

import _thread
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType, SimpleNamespace
from typing import Any

import pytest

from harness.core.errors import NO_VERDICT

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


@contextmanager
def held_back() -> Iterator[None]:
    """Let both signals wait, here and in every process that is started meanwhile.

    A terminal sends Ctrl-C to all processes, and the start of an interpreter cannot heed it.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def let_through() -> None:
    """Take signals in a process that began with them held back; end it if one came meanwhile."""
    if signal.sigpending() & {*SIGNALS}:
        os._exit(NO_VERDICT)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)


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
        """Raise an interrupt at once, so that cleaning up can run, and once more at the end.

        One that came before, and was lost, is raised at the beginning.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        arrived: list[bool] = []

        def note(_signal: int, _frame: FrameType | None) -> None:
            arrived.append(True)
            raise KeyboardInterrupt

        before = _handled_by(note)
        try:
            if any(getattr(handler, "arrived", False) for handler in before.values()):
                raise KeyboardInterrupt
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


class Interruption:
    """A plugin of pytest under the command: Ctrl-C has one line, and none of the harness's code.

    ``untold``: it came before pytest could tell anything.
    """

    def __init__(self) -> None:
        self.untold = False
        self._lost = sys.unraisablehook

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """Let pytest, which by now hears of lost exceptions, hear of no lost interrupt."""
        pytests = sys.unraisablehook

        def heard(lost: Any) -> None:
            (self._lost if issubclass(lost.exc_type, KeyboardInterrupt) else pytests)(lost)

        sys.unraisablehook = heard

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Keep the register of plugins, one of which tells."""
        self._manager = config.pluginmanager

    @pytest.hookimpl(tryfirst=True)
    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Replace what pytest would tell; ending a session by a plugin's wish is none of it."""
        if not excinfo.errisinstance(pytest.Session.Interrupted):
            self.untold = not self._manager.has_plugin("terminalreporter")
            excinfo.getrepr = lambda *_, **__: _IN_A_LINE  # type: ignore[method-assign]


_IN_A_LINE: Any = SimpleNamespace(reprcrash=SimpleNamespace(message="the run was interrupted"))
"""An exception as pytest tells it; of one with another message it tells the place as well."""
