"""The clock of a play, which functions, envelopes, ages and schedules read.

Time passes by what happens, and never by itself, so that it is the same in every run. No call of
AWS takes less than a millisecond: each moves its own invocation on by one, and is later than every
call that had its effect before it. Invocations one after the other never begin at one time; those
that overlap do, as two machines might. A process whose clock cannot be set has the real time, and
then all have it (decision 0067).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from harness.functions.python.clock import REAL_TIME

SECOND = 1_000_000
"""Microseconds, the unit of every time here."""
CALL = SECOND // 1000
"""The least time of a call."""
MINUTE = 60 * SECOND
START = int(datetime(2030, 1, 1, tzinfo=UTC).timestamp()) * SECOND
"""Later than the past, and earlier than the future, of contracts that name dates."""


@dataclass
class PlayClock:
    """Microseconds since 1970. ``real``: the machine's clock, ``ahead`` seconds ahead of it.

    ``latest``: the time of the latest effect.
    """

    real: bool = False
    ahead: float = 0.0
    latest: int = START
    _branches: dict[threading.Thread, int] | None = None
    _overlap: int = field(default=START)

    def reset(self) -> None:
        """Begin where every run begins."""
        self.latest, self.ahead = START, 0.0

    def begin(self) -> None:
        """Begin a play: with a new minute, so that warm environments see no earlier time."""
        self.ahead = 0.0
        self.latest = (self.latest // MINUTE + 1) * MINUTE

    @contextmanager
    def overlapping(self) -> Iterator[None]:
        """Let the branches that run meanwhile begin at one time."""
        self._branches, self._overlap = {}, self.latest + CALL
        try:
            yield
        finally:
            self.latest = max(self.latest, *self._branches.values(), self._overlap)
            self._branches = None

    def started(self, caller: int | None, *, by_client: bool) -> int:
        """The time at which an invocation begins; ``caller``: that of the one that waits for it.

        A branch's client sends when it likes; anything else in a branch follows what has happened.
        """
        if caller is not None:
            return _whole(caller) + CALL
        if self._branches is None:
            self.latest += CALL
            return self.latest
        own = self._branches.setdefault(threading.current_thread(), self._overlap)
        return own if by_client else max(own, self.latest)

    def called(self, at: int) -> int:
        """The time of a call's effect in an invocation whose own time was ``at``."""
        self.latest = max(self.latest, _whole(at) + CALL)
        return self.latest

    def ended(self, at: int) -> None:
        """End an invocation at its own time."""
        over, thread = _whole(at) + CALL, threading.current_thread()
        if self._branches is not None and thread in self._branches:
            self._branches[thread] = over
        else:
            self.latest = max(self.latest, over)

    def jump(self, seconds: float) -> None:
        """Let time pass for all at once, and for clients that have not sent yet."""
        passed = int(seconds * SECOND)
        self.ahead += seconds
        self.latest += passed
        self._overlap += passed
        if self._branches is not None:
            self._branches = {thread: at + passed for thread, at in self._branches.items()}

    def seconds(self, at: int | None) -> float:
        """The time of an invocation, or the latest one, in seconds."""
        if self.real:
            return REAL_TIME() + self.ahead
        return (self.latest if at is None else at) / SECOND


def _whole(at: int) -> int:
    """A time in whole milliseconds."""
    return at // CALL * CALL
