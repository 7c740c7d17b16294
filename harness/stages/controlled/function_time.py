"""Virtual time of functions.

It passes when an invocation sleeps or a call is slow, never by itself; and at once when there has
to be a later (``wait``).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from harness.core.faults import LEFT_SECONDS, SLOW_SECONDS, FaultKind
from harness.functions.invocation import Told
from harness.seams.botocore import patience
from harness.seams.cpython import works_for_pool
from harness.stages.controlled.play_clock import SECOND, PlayClock
from harness.stages.controlled.running import Running
from harness.stages.controlled.turns import Turns

LONGEST = 960.0
"""Seconds: a minute more than an invocation may take (Lambda quotas)."""
LATEST = 3 * LONGEST
"""Less than an hour in all: nobody forgets a key sooner, as far as is known."""
PART_OF_PATIENCE = 0.95
"""The part of a client's time that a long call takes."""
REAL_SLEEP = time.sleep


@dataclass
class FunctionTime:
    """Lets time pass for invocations, and tells it. ``can_be_set``: whether functions read it."""

    turns: Turns
    can_be_set: Callable[[], bool]
    clock: PlayClock = field(default_factory=PlayClock)

    def now(self) -> float:
        """The clock of the functions, and of what arrives at them: seconds since 1970."""
        running = self.turns.running
        return self.clock.seconds(None if running is None else running.at)

    def epoch_ms(self) -> int:
        """The same in milliseconds."""
        return int(self.now() * 1000)

    def reading(self) -> int | None:
        """The time of the function that asks, in microseconds; None if no function does."""
        running = self.turns.caller()
        if running is None and not self.turns.loads():
            return None
        if self.clock.real or running is None:
            return int(self.clock.seconds(None) * SECOND)
        running.at += 1
        return running.at

    def told(self, running: Running) -> Told:
        """The clock of an invocation, as a process is told."""
        if self.clock.real:
            return Told(ahead=self.clock.ahead)
        return Told(fixed=running.at / SECOND)

    def sleep(self, seconds: float) -> None:
        """Stand for ``time.sleep`` while the stage is open: virtual in a function.

        A daemon that would sleep longer than the invocation lives does something in the background:
        nobody waits for it, and it sleeps as long as its environment lives.
        """
        owner, running = self.turns.threads.owner(), self.turns.asking()
        if running is None:
            REAL_SLEEP(seconds)
        elif owner is not None and _in_background(running, seconds):
            self.turns.sleep_for_good(owner)
        else:
            self._pass(running, seconds)

    def _pass(self, running: Running, seconds: float) -> None:
        running.pass_time(seconds)
        if self.turns.signals.pass_time(running.environment, seconds):
            raise running.end("Runtime exited with signal: alarm clock")

    def wait(self) -> bool:
        """Let so much time pass that no invocation of before can still run; whether it did."""
        if self.clock.ahead + LONGEST > LATEST:
            return False
        self.clock.jump(LONGEST)
        return True

    def slow_call(self, running: Running, kind: FaultKind, told: float = 0.0) -> None:
        """Let the time of a slow call pass.

        One that leaves little of the time-out takes as long as its client waits for an answer, in
        all attempts that it makes, or ``told`` seconds, where a process tells that. For all others
        that time passes as well, so that a lease may run out meanwhile, which takes clocks that can
        be set.

        Raises:
            Crash: the invocation is past its time-out.
        """
        seconds = SLOW_SECONDS
        if kind is FaultKind.NEARLY_LATE and self.can_be_set():
            longest = PART_OF_PATIENCE * (told or patience() or running.timeout)
            seconds = max(0.0, min(longest, running.timeout - running.clock - LEFT_SECONDS))
            self._pass_for_others(running, seconds)
        running.pass_time(seconds)

    def _pass_for_others(self, running: Running, seconds: float) -> None:
        self.clock.jump(seconds)
        for each in self.turns.own.values():
            if each is not running:
                each.clock += seconds
                each.at += int(seconds * SECOND)


def _in_background(running: Running, seconds: float) -> bool:
    """A pool's thread does not: somebody waits for what it was given."""
    late, thread = running.clock + seconds >= running.timeout, threading.current_thread()
    return late and thread.daemon and not works_for_pool(thread)
