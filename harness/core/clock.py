"""Time, where something is waited for: the real one, and one that passes only when told to.

Decisions never read the machine's clock or sleep: they get one of these. Both are safe to use
from several threads.
"""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Seconds since some moment, and waiting."""

    def now(self) -> float:
        """Seconds since some moment; never less than before."""

    def wait(self, seconds: float) -> None:
        """Come back after so many seconds."""


class RealClock:
    """The machine's."""

    def now(self) -> float:
        """See ``Clock``."""
        return time.monotonic()

    def wait(self, seconds: float) -> None:
        """See ``Clock``. Not ``time.sleep``: an open embedded stage makes that virtual."""
        if seconds > 0:
            threading.Event().wait(seconds)


class FakeClock:
    """Time passes by waiting alone; ``waited`` says for how long each time."""

    def __init__(self) -> None:
        self._now, self._lock = 0.0, threading.Lock()
        self.waited: list[float] = []

    def now(self) -> float:
        """See ``Clock``."""
        with self._lock:
            return self._now

    def wait(self, seconds: float) -> None:
        """See ``Clock``."""
        with self._lock:
            self._now += max(0.0, seconds)
            self.waited.append(seconds)


def utc_text(seconds: float, *, milliseconds: bool = False) -> str:
    """Seconds since 1970 as an RFC 3339 time in UTC."""
    told = datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{told}.000Z" if milliseconds else f"{told}Z"
