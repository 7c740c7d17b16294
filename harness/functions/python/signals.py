"""Signals in a function: handlers and alarms of its own, by the time that passes in it.

Lambda runs a handler in its process's main thread, where it may set an alarm (to stop an operation
that takes too long) or handle SIGTERM. Here functions share a process that has handlers and an
alarm itself, and overlapping invocations run in other threads, where Python refuses both. So each
environment has a table of its own, and its alarm goes off as virtual time passes.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock
from weakref import ReferenceType, WeakKeyDictionary

MAIN_ONLY = "signal only works in main thread of the main interpreter"
"""Python's message in any other thread."""


@dataclass
class Alarm:
    """An alarm that goes off in ``left`` seconds and then every ``interval``; 0 means never."""

    left: float = 0.0
    interval: float = 0.0

    def rings(self, seconds: float) -> bool:
        """Let time pass; tell if the alarm goes off."""
        before, self.left = self.left, max(0.0, self.left - seconds)
        if not before or self.left:
            return False
        self.left = self.interval
        return True


@dataclass
class _SignalTable:
    """The handlers and the alarm of one environment."""

    handlers: dict[int, Any] = field(default_factory=dict)
    alarm: Alarm = field(default_factory=Alarm)


@dataclass
class Signals:
    """The signal tables of all environments.

    ``current_environment`` gives the environment whose code runs in this thread, and
    ``in_main_thread`` tells if this thread stands for the environment's main thread.
    """

    current_environment: Callable[[], ReferenceType[Any] | None]
    in_main_thread: Callable[[], bool]
    _tables: WeakKeyDictionary[Any, _SignalTable] = field(default_factory=WeakKeyDictionary)

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Give functions their own tables while the context lasts."""
        imitations: dict[str, Callable[..., Any]] = {
            "signal": self._signal, "getsignal": self._getsignal,
            "setitimer": self._setitimer, "getitimer": self._getitimer, "alarm": self._alarm,
            "siginterrupt": lambda table, number, flag: None,
            "set_wakeup_fd": lambda table, descriptor, **_: -1,
        }
        with ExitStack() as patches:
            for name, imitation in imitations.items():
                real = getattr(signal, name, None)
                if real is not None:
                    patches.enter_context(
                        mock.patch.object(signal, name, self._by_caller(real, imitation)))
            yield

    def _by_caller(self, real: Any, imitation: Callable[..., Any]) -> Callable[..., Any]:
        """A function that calls the imitation for functions and the real one for the harness."""

        def called(*args: Any, **named: Any) -> Any:
            table = self._table()
            return real(*args, **named) if table is None else imitation(table, *args, **named)

        return called

    def _table(self) -> _SignalTable | None:
        reference = self.current_environment()
        environment = reference() if reference is not None else None
        if environment is None:
            return None
        return self._tables.setdefault(environment, _SignalTable())

    def pass_time(self, environment: Any, seconds: float) -> bool:
        """Let time pass in an environment; tell if an alarm without a handler ends it."""
        table = self._tables.get(environment)
        if table is None or not table.alarm.rings(seconds):
            return False
        handler = table.handlers.get(signal.SIGALRM, signal.SIG_DFL)
        if callable(handler):
            handler(signal.SIGALRM, None)
        return bool(handler == signal.SIG_DFL)

    def _signal(self, table: _SignalTable, number: int, handler: Any) -> Any:
        if not self.in_main_thread():
            raise ValueError(MAIN_ONLY)
        before = self._getsignal(table, number)
        table.handlers[signal.Signals(number)] = handler
        return before

    def _getsignal(self, table: _SignalTable, number: int) -> Any:
        default = signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
        return table.handlers.get(number, default)

    def _setitimer(
        self, table: _SignalTable, which: int, seconds: float, interval: float = 0.0
    ) -> tuple[float, float]:
        before = self._getitimer(table, which)
        if which == signal.ITIMER_REAL:
            table.alarm = Alarm(seconds, interval)
        return before

    def _getitimer(self, table: _SignalTable, which: int) -> tuple[float, float]:
        real = which == signal.ITIMER_REAL
        return (table.alarm.left, table.alarm.interval) if real else (0.0, 0.0)

    def _alarm(self, table: _SignalTable, seconds: int) -> int:
        return int(self._setitimer(table, signal.ITIMER_REAL, seconds)[0])
