"""Event loops in a function: what they wait for by the clock, they wait for in virtual time.

``time.sleep`` is virtual in a function (decision 0010), and ``asyncio.sleep`` has to be, or a loop
that polls would take real seconds and never time out. A loop with nothing to do but to wait for a
timer lets that much time pass at once; one that waits for a thread or a socket really waits.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock
from weakref import WeakKeyDictionary

PLAIN = 1
"""What a loop's selector looks at when there is nothing: the loop's own pipe."""


@contextmanager
def virtual_timers(idle: Callable[[], bool], sleep: Callable[[float], None]) -> Iterator[None]:
    """Have loops wait by ``sleep`` where a function is ``idle`` but for them."""
    once: Any = asyncio.BaseEventLoop._run_once  # type: ignore[attr-defined]  # the seam there is
    ahead: WeakKeyDictionary[asyncio.BaseEventLoop, float] = WeakKeyDictionary()

    def now(loop: asyncio.BaseEventLoop) -> float:
        return time.monotonic() + ahead.get(loop, 0.0)

    def run_once(loop: Any) -> None:
        seconds = _waits(loop)
        if seconds > 0 and idle():
            sleep(seconds)
            ahead[loop] = ahead.get(loop, 0.0) + seconds
        once(loop)

    with (mock.patch.object(asyncio.BaseEventLoop, "_run_once", run_once),
          mock.patch.object(asyncio.BaseEventLoop, "time", now)):
        yield


def _waits(loop: Any) -> float:
    """Seconds that a loop would wait for its next timer and for nothing else."""
    watched: Any = getattr(getattr(loop, "_selector", None), "get_map", dict)() or ()
    if loop._ready or loop._stopping or len(watched) > PLAIN:
        return 0.0
    due = [handle.when() for handle in loop._scheduled if not handle.cancelled()]
    return float(min(due) - loop.time()) if due else 0.0
