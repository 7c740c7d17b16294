"""A Python environment's clock, set ahead: what ran out meanwhile has run out.

A lease that a crashed invocation holds ends by the clock that functions read. That clock is the
real one (decision 0010); where time has to pass it is set ahead for one environment, while that
one runs: in the modules that everybody shares, and in its own, which may have names for them.
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Iterable
from contextlib import ExitStack
from functools import partial
from types import ModuleType
from typing import Any
from unittest import mock

REAL = datetime.datetime
REAL_TIME, REAL_TIME_NS = time.time, time.time_ns


class _AsBefore(type):
    """What is a datetime stays one, by whichever of the two names one asks."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, REAL)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, REAL)


def _ahead(seconds: float) -> type[datetime.datetime]:
    """A datetime that is that far ahead."""
    ahead = datetime.timedelta(seconds=seconds)

    class Later(REAL, metaclass=_AsBefore):
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> Any:
            return REAL.now(tz) + ahead

        @classmethod
        def today(cls) -> Any:
            return REAL.today() + ahead

        @classmethod
        def utcnow(cls) -> Any:
            return REAL.now(datetime.UTC).replace(tzinfo=None) + ahead

    Later.__name__ = Later.__qualname__ = REAL.__name__
    return Later


def _time(seconds: float) -> float:
    return REAL_TIME() + seconds


def _time_ns(seconds: float) -> int:
    return REAL_TIME_NS() + int(seconds * 1e9)


def set_ahead(own: Iterable[ModuleType], seconds: float) -> ExitStack:
    """Set the clock ahead, also by the names in those modules, until the stack is closed."""
    instead: dict[int, Any] = {
        id(REAL): _ahead(seconds),
        id(REAL_TIME): partial(_time, seconds),
        id(REAL_TIME_NS): partial(_time_ns, seconds),
    }
    changed = ExitStack()
    for module in (datetime, time, *own):
        for name, value in list(vars(module).items()):
            if id(value) in instead:
                changed.enter_context(mock.patch.object(module, name, instead[id(value)]))
    return changed
