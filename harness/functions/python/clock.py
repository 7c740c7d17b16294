"""The clock that Python functions read: the play's, by whichever name they read it.

While a stage is open, the functions of the modules ``time`` and ``datetime`` tell the time that a
function is at, and outside of functions the real one. The class ``datetime`` itself is changed, and
not replaced, so that its identity holds. A reading takes a microsecond, so that waiting in a loop
comes to an end.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

from harness.seams.cpython import datetimes_at

REAL_TIME, REAL_TIME_NS = time.time, time.time_ns
REAL_GMTIME, REAL_LOCALTIME = time.gmtime, time.localtime
REAL_CTIME, REAL_STRFTIME = time.ctime, time.strftime
Reading = Callable[[], int | None]
"""The time of the function that asks, in microseconds since 1970; None outside of functions."""


@contextmanager
def clock_of_functions(reading: Reading) -> Iterator[None]:
    """Have functions read a clock of their own while the context lasts."""

    def seconds() -> float | None:
        at = reading()
        return None if at is None else at / 1e6

    def time_() -> float:
        at = reading()
        return REAL_TIME() if at is None else at / 1e6

    def time_ns() -> int:
        at = reading()
        return REAL_TIME_NS() if at is None else at * 1000

    def gmtime(given: float | None = None) -> time.struct_time:
        return REAL_GMTIME(seconds() if given is None else given)

    def localtime(given: float | None = None) -> time.struct_time:
        return REAL_LOCALTIME(seconds() if given is None else given)

    def ctime(given: float | None = None) -> str:
        return REAL_CTIME(seconds() if given is None else given)

    def strftime(form: str, given: Any = None) -> str:
        return REAL_STRFTIME(form, localtime() if given is None else given)

    replaced = {"time": time_, "time_ns": time_ns, "gmtime": gmtime, "localtime": localtime,
                "ctime": ctime, "strftime": strftime}
    with ExitStack() as patches:
        for name, function in replaced.items():
            patches.enter_context(mock.patch.object(time, name, function))
        patches.enter_context(datetimes_at(seconds))
        yield
