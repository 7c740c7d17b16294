"""Signals in a function: handlers and alarms of its own, by the time that passes there.

Lambda runs a handler in its process's main thread, where it may set an alarm ("stop what takes
longer than this") or say what a SIGTERM does. Here functions share a process that has handlers
and an alarm itself, and overlapping ones run in other threads, where Python refuses all of that.
So each environment has a table of its own, and its alarm goes off as virtual time passes.
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
"""What Python says in any other thread."""


@dataclass
class Alarm:
    """When an environment's alarm goes off: seconds from now, and then again; 0 for never."""

    left: float = 0.0
    interval: float = 0.0

    def rings(self, seconds: float) -> bool:
        """Let time pass; whether it goes off."""
        before, self.left = self.left, max(0.0, self.left - seconds)
        if not before or self.left:
            return False
        self.left = self.interval
        return True


@dataclass
class _Own:
    handlers: dict[int, Any] = field(default_factory=dict)
    alarm: Alarm = field(default_factory=Alarm)


@dataclass
class Signals:
    """The tables of all environments. ``whose`` is the environment whose code runs here."""

    whose: Callable[[], ReferenceType[Any] | None]
    own: Callable[[], bool]
    _tables: WeakKeyDictionary[Any, _Own] = field(default_factory=WeakKeyDictionary)

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Keep functions to their own tables while the context lasts."""
        instead: dict[str, Callable[..., Any]] = {
            "signal": self._signal, "getsignal": self._getsignal,
            "setitimer": self._setitimer, "getitimer": self._getitimer, "alarm": self._alarm,
            "siginterrupt": lambda table, number, flag: None,
            "set_wakeup_fd": lambda table, descriptor, **_: -1,
        }
        with ExitStack() as patches:
            for name, imitation in instead.items():
                real = getattr(signal, name, None)
                if real is not None:
                    patches.enter_context(
                        mock.patch.object(signal, name, self._either(real, imitation)))
            yield

    def _either(self, real: Any, imitation: Callable[..., Any]) -> Callable[..., Any]:
        def either(*args: Any, **named: Any) -> Any:
            table = self._table()
            return real(*args, **named) if table is None else imitation(table, *args, **named)

        return either

    def _table(self) -> _Own | None:
        whose = self.whose()
        environment = whose() if whose is not None else None
        return None if environment is None else self._tables.setdefault(environment, _Own())

    def pass_time(self, environment: Any, seconds: float) -> bool:
        """Let time pass in an environment; whether an alarm that nobody handles ends it."""
        table = self._tables.get(environment)
        if table is None or not table.alarm.rings(seconds):
            return False
        handler = table.handlers.get(signal.SIGALRM, signal.SIG_DFL)
        if callable(handler):
            handler(signal.SIGALRM, None)
        return bool(handler == signal.SIG_DFL)

    def _main(self) -> None:
        if not self.own():
            raise ValueError(MAIN_ONLY)

    def _signal(self, table: _Own, number: int, handler: Any) -> Any:
        self._main()
        before = self._getsignal(table, number)
        table.handlers[signal.Signals(number)] = handler
        return before

    def _getsignal(self, table: _Own, number: int) -> Any:
        default = signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
        return table.handlers.get(number, default)

    def _setitimer(
        self, table: _Own, which: int, seconds: float, interval: float = 0.0
    ) -> tuple[float, float]:
        before = self._getitimer(table, which)
        if which == signal.ITIMER_REAL:
            table.alarm = Alarm(seconds, interval)
        return before

    def _getitimer(self, table: _Own, which: int) -> tuple[float, float]:
        real = which == signal.ITIMER_REAL
        return (table.alarm.left, table.alarm.interval) if real else (0.0, 0.0)

    def _alarm(self, table: _Own, seconds: int) -> int:
        return int(self._setitimer(table, signal.ITIMER_REAL, seconds)[0])
