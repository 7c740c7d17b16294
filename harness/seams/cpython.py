"""CPython: private parts of its standard library, and of the interpreter.

Python functions share this process, so the harness exchanges what belongs to one environment
(variables, log levels), follows the threads that a function starts, and lets time pass in its
event loops. Replacing a documented function, such as ``time.sleep``, is no seam.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, tzinfo
from functools import cache
from threading import Thread
from types import FrameType
from typing import Any

from harness.seams.seam import CPYTHON, BuiltinSeam, Seam, SeamMoved

COMPILE = Seam(CPYTHON, "importlib.machinery:SourceFileLoader", "source_to_code")
DATACLASS_EXEC = BuiltinSeam(CPYTHON, "dataclasses", "exec")
"""Compiles the text of each method that a dataclass gets."""
SPEEDUPS = (COMPILE, DATACLASS_EXEC)
VARIABLES = Seam(CPYTHON, "os:environ", "_data")
THREAD_START = Seam(CPYTHON, "threading:Thread", "start")
POOL_QUEUES = Seam(CPYTHON, "concurrent.futures.thread", "_threads_queues")
POOL_SUBMIT = Seam(CPYTHON, "concurrent.futures:ThreadPoolExecutor", "submit")
LOOP_STEP = Seam(CPYTHON, "asyncio:BaseEventLoop", "_run_once")
LOOP_TIME = Seam(CPYTHON, "asyncio:BaseEventLoop", "time")
LOGGERS = Seam(CPYTHON, "logging:root.manager", "loggerDict")
FRAME = Seam(CPYTHON, "sys", "_getframe")
FRAMES = Seam(CPYTHON, "sys", "_current_frames")
NOW, UTCNOW = (Seam(CPYTHON, "datetime:datetime", name) for name in ("now", "utcnow"))
NEEDED = (VARIABLES, THREAD_START, POOL_QUEUES, POOL_SUBMIT, LOOP_STEP, LOOP_TIME, LOGGERS, FRAME,
          FRAMES, NOW, UTCNOW)

POOL_MODULE = "concurrent.futures.thread"
LOOP_PARTS = ("_ready", "_scheduled", "_stopping")
LOOP_PIPE = 1
"""Entries that an idle loop's selector watches: the pipe by which other threads wake the loop."""


def exchange_variables(variables: dict[bytes, bytes]) -> dict[bytes, bytes]:
    """Exchange the content of ``os.environ``; the process's own block stays as it is.

    Copying the variables one by one would cost a call of the C library for each.
    """
    environ: Any = os.environ
    before: dict[bytes, bytes] = environ._data
    environ._data = variables
    return before


def forget_levels(logger: Any) -> None:
    """Forget which levels a logger has found to be enabled."""
    getattr(logger, "_cache", {}).clear()


def target_of(thread: Thread) -> Any:
    """The function that a thread runs."""
    return getattr(thread, "_target", None) or type(thread).run


def works_for_pool(thread: Thread) -> bool:
    """Tell if a thread is a ThreadPoolExecutor's own, which waits for work and never ends."""
    return thread in _pool_queues() or getattr(target_of(thread), "__module__", "") == POOL_MODULE


@cache
def _pool_queues() -> Any:
    return POOL_QUEUES.value()


def frame_of(thread: Thread | None) -> FrameType | None:
    """The frame that another thread executes at the moment."""
    frames: dict[int, FrameType] = sys._current_frames()
    identity = thread.ident if thread else None
    return frames.get(identity) if identity is not None else None


def current_frame() -> FrameType:
    """The frame that asks."""
    return sys._getframe(1)


def module_of_caller() -> str:
    """The name of the module that called the function that asks."""
    return str(sys._getframe(2).f_globals["__name__"])


@contextmanager
def stepping_loops(
    before: Callable[[Any], None], now: Callable[[Any], float]
) -> Iterator[None]:
    """Have event loops call ``before`` before each step, and tell the time by ``now``.

    Raises:
        SeamMoved: asyncio's loops are built in another way.
    """
    _check_loop()
    step = LOOP_STEP.value()

    def run_once(loop: Any) -> None:
        before(loop)
        step(loop)

    with LOOP_STEP.replaced(run_once), LOOP_TIME.replaced(now):
        yield


def _check_loop() -> None:
    loop = asyncio.new_event_loop()
    try:
        absent = [name for name in LOOP_PARTS if not hasattr(loop, name)]
    finally:
        loop.close()
    if absent:
        raise SeamMoved(CPYTHON, f"asyncio.BaseEventLoop.{absent[0]}")


def seconds_to_next_timer(loop: Any) -> float:
    """Seconds that a loop would wait for its next timer and for nothing else; 0 otherwise."""
    watched: Any = getattr(getattr(loop, "_selector", None), "get_map", dict)() or ()
    if loop._ready or loop._stopping or len(watched) > LOOP_PIPE:
        return 0.0
    due = [handle.when() for handle in loop._scheduled if not handle.cancelled()]
    return float(min(due) - loop.time()) if due else 0.0


@contextmanager
def datetimes_at(seconds: Callable[[], float | None]) -> Iterator[None]:
    """Have the class ``datetime`` tell that time as now; None: the real one.

    The members of a class in C cannot be set. They are in a dictionary, which a proxy hides.

    Raises:
        SeamMoved: they are somewhere else.
    """
    members = _members(datetime)
    real_now, real_utcnow = members["now"], members["utcnow"]

    def now(cls: type[datetime], tz: tzinfo | None = None) -> datetime:
        at = seconds()
        if at is None:
            found: datetime = real_now.__get__(None, cls)(tz)
            return found
        return cls.fromtimestamp(at, tz)

    def utcnow(cls: type[datetime]) -> datetime:
        at = seconds()
        if at is None:
            found: datetime = real_utcnow.__get__(None, cls)()
            return found
        return cls.fromtimestamp(at, UTC).replace(tzinfo=None)

    try:
        _set_members(members, classmethod(now), classmethod(utcnow))
        yield
    finally:
        _set_members(members, real_now, real_utcnow)


def _members(of: type) -> dict[str, Any]:
    found = [each for each in gc.get_referents(of.__dict__) if isinstance(each, dict)]
    if len(found) != 1 or "now" not in found[0]:
        raise SeamMoved(CPYTHON, f"the members of {of.__name__} in a dictionary")
    members: dict[str, Any] = found[0]
    return members


def _set_members(members: dict[str, Any], now: Any, utcnow: Any) -> None:
    members["now"], members["utcnow"] = now, utcnow
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(datetime))
