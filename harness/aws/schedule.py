"""Interleavings as data: invocations stop before each AWS call until the schedule says go on.

One branch at a time ever runs, each in a thread of its own, so a schedule replays exactly. A call
may come from any thread that works for the branch; whoever makes it has seen to it that no other
thread of the branch makes one, so all of the branch waits when that thread does.
A schedule is a priority-based one (PCT: Burckhardt et al., "A Randomized Scheduler with
Probabilistic Guarantees of Finding Bugs"): the first branch has the highest priority, and at
every decision whose number is in the schedule the branch that is about to call gets the lowest.
Any interleaving of two branches can be written so, and a shorter schedule is a simpler one.
"""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.core.interleaving import ScheduleDecision
from harness.functions.invocation import Termination
from harness.seams.cpython import frame_of


class StuckError(Exception):
    """A branch neither called AWS nor ended within the deadline; ``stack`` is where it is."""

    def __init__(self, branch: int, deadline: float, stack: str) -> None:
        self.branch, self.stack = branch, stack
        super().__init__(
            f"branch {branch + 1} neither called AWS nor ended within {deadline:g} s; "
            f"it is at\n{stack}"
        )


class GivenUpError(Termination):
    """Ends a thread of a branch that will never go on."""


@dataclass(eq=False)
class _Branch:
    number: int
    work: Callable[[], None]
    go: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    ended: bool = False
    error: BaseException | None = None
    thread: threading.Thread | None = None
    waiting: threading.Thread | None = None


class Scheduler:
    """Runs branches under a schedule. ``pause`` and ``resume`` bracket a branch's waiting."""

    def __init__(
        self,
        schedule: Sequence[int],
        deadline: float,
        pause: Callable[[], Any],
        resume: Callable[[Any], None],
    ) -> None:
        self._schedule, self._deadline = frozenset(schedule), deadline
        self._pause, self._resume = pause, resume
        self._stopped = threading.Semaphore(0)
        self._current: _Branch | None = None
        self.decisions: list[ScheduleDecision] = []
        self._priorities: list[_Branch] = []
        self._given_up = False

    def run(self, work: Sequence[Callable[[], None]]) -> None:
        """Run all branches to their end.

        Raises:
            StuckError: one of them does not come back.
        """
        self._priorities = [_Branch(number, w) for number, w in enumerate(work)]
        branches = list(self._priorities)
        for branch in branches:
            branch.thread = threading.Thread(target=self._thread, args=(branch,), daemon=True)
            branch.thread.start()
        while any(not branch.ended for branch in branches):
            self._let_run(next(b for b in self._priorities if not b.ended))
        failed = next((b.error for b in branches if b.error is not None), None)
        if failed is not None:
            raise failed

    def _let_run(self, branch: _Branch) -> None:
        self._current = branch
        branch.go.release()
        if not self._stopped.acquire(timeout=self._deadline):
            self._give_up()
            raise StuckError(branch.number, self._deadline, _stack(branch))

    def _thread(self, branch: _Branch) -> None:
        branch.go.acquire()
        try:
            branch.work()
        except BaseException as error:
            branch.error = error
        branch.ended = True
        self._stopped.release()

    def checkpoint(self) -> int | None:
        """Called before an AWS call: perhaps somebody else goes first. Gives the branch.

        Raises:
            GivenUpError: in a thread that works for a branch, when another one is stuck.
        """
        branch = self._current
        if branch is None:
            return None
        number = len(self.decisions)
        others = tuple(b.number for b in self._priorities if b is not branch and not b.ended)
        self.decisions.append(ScheduleDecision(number, branch.number, others))
        if number in self._schedule and others:
            self._priorities.remove(branch)
            self._priorities.append(branch)
            self._wait(branch)
        return branch.number

    def until(self, free: Callable[[], bool]) -> None:
        """Let others go until that holds; somebody else's end, or a call less, has to see to it."""
        branch = self._current
        while branch is not None and not free():
            self._priorities.remove(branch)
            self._priorities.append(branch)
            self._wait(branch)

    def _wait(self, branch: _Branch) -> None:
        kept = self._pause()
        branch.waiting = threading.current_thread()
        self._stopped.release()
        branch.go.acquire()
        branch.waiting = None
        if self._given_up:
            raise GivenUpError
        self._resume(kept)

    def _give_up(self) -> None:
        """Let threads go that would keep the process from ending; the branches' own do not."""
        self._given_up = True
        for branch in self._priorities:
            if branch.waiting not in (None, branch.thread):
                branch.go.release()


def _stack(branch: _Branch) -> str:
    frame = frame_of(branch.thread)
    return "".join(traceback.format_stack(frame)[-4:]) if frame is not None else "?"
