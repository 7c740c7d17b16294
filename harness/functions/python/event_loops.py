"""Event loops in a function: what they wait for by the clock, they wait for in virtual time.

``time.sleep`` is virtual in a function (decision 0010), and ``asyncio.sleep`` has to be, or a loop
that polls would take real seconds and never time out. A loop that waits for nothing but a timer
lets that much time pass at once; one that waits for a thread or a socket really waits.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from weakref import WeakKeyDictionary

from harness.seams.cpython import seconds_to_next_timer, stepping_loops


def virtual_loop_time(
    idle: Callable[[], bool], sleep: Callable[[float], None]
) -> AbstractContextManager[None]:
    """Have event loops wait by ``sleep`` while the context lasts.

    ``idle`` tells if the function has no other thread at work, for which its loop may wait.
    """
    ahead: WeakKeyDictionary[Any, float] = WeakKeyDictionary()

    def now(loop: Any) -> float:
        return time.monotonic() + ahead.get(loop, 0.0)

    def pass_time(loop: Any) -> None:
        seconds = seconds_to_next_timer(loop)
        if seconds > 0 and idle():
            sleep(seconds)
            ahead[loop] = ahead.get(loop, 0.0) + seconds

    return stepping_loops(pass_time, now)
