"""A Python environment's clock, set ahead so that leases and time-outs have run out.

A lease that a crashed invocation holds ends by the clock that functions read. That clock is the
real one (decision 0010). Where time has to pass, it is set ahead for one environment while that one
runs: in the modules ``datetime`` and ``time``, and in the environment's own modules, which may have
imported names from them.
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

REAL_DATETIME = datetime.datetime
REAL_TIME, REAL_TIME_NS = time.time, time.time_ns


class _InstancesOfRealDatetime(type):
    """Makes every datetime an instance of the shifted class too, so that type checks still hold."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, REAL_DATETIME)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, REAL_DATETIME)


def _shifted_datetime(seconds: float) -> type[datetime.datetime]:
    """A datetime class whose current time is that many seconds ahead."""
    ahead = datetime.timedelta(seconds=seconds)

    class ShiftedDatetime(REAL_DATETIME, metaclass=_InstancesOfRealDatetime):
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> Any:
            return REAL_DATETIME.now(tz) + ahead

        @classmethod
        def today(cls) -> Any:
            return REAL_DATETIME.today() + ahead

        @classmethod
        def utcnow(cls) -> Any:
            return REAL_DATETIME.now(datetime.UTC).replace(tzinfo=None) + ahead

    ShiftedDatetime.__name__ = ShiftedDatetime.__qualname__ = REAL_DATETIME.__name__
    return ShiftedDatetime


def _shifted_time(seconds: float) -> float:
    return REAL_TIME() + seconds


def _shifted_time_ns(seconds: float) -> int:
    return REAL_TIME_NS() + int(seconds * 1e9)


def clock_set_ahead(modules: Iterable[ModuleType], seconds: float) -> ExitStack:
    """Set the clock ahead, also by its names in ``modules``, until the stack is closed."""
    replacements: dict[int, Any] = {
        id(REAL_DATETIME): _shifted_datetime(seconds),
        id(REAL_TIME): partial(_shifted_time, seconds),
        id(REAL_TIME_NS): partial(_shifted_time_ns, seconds),
    }
    patches = ExitStack()
    for module in (datetime, time, *modules):
        for name, value in list(vars(module).items()):
            if id(value) in replacements:
                patches.enter_context(mock.patch.object(module, name, replacements[id(value)]))
    return patches
