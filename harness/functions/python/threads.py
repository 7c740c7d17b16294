"""Threads that a function starts: their environment, and the order in which they work.

A thread belongs to the environment of the thread that started it, for as long as it lives: a pool
that is kept from one invocation to the next works for each of them. The system runs threads in
any order. Here a thread that starts another one, or hands work to a pool, waits until that has
ended, so that the same run makes the same calls. Work that does not end, because it waits for the
thread that started it or never returns, goes on by itself and is not waited for again.
"""

from __future__ import annotations

import threading
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock
from weakref import ReferenceType, WeakKeyDictionary, WeakSet

from harness.seams.cpython import POOL_SUBMIT, THREAD_START, target_of, works_for_pool

WAIT_SECONDS = 2.0
"""Seconds without a call after which started work is not waited for any more."""

Owner = ReferenceType[Any]
"""A weak reference to an environment, so that an idle thread keeps none that has ended."""
_LEFT_BEHIND: WeakSet[threading.Thread] = WeakSet()
"""Threads of functions of stages that have closed: stuck ones cannot be ended from outside."""


@dataclass
class StartedWork:
    """Waits for work that a function has started, unless such work failed to end before.

    ``busy`` tells if an environment makes a call, or waits for its turn to go on.
    """

    busy: Callable[[Owner], bool]
    seconds: float = WAIT_SECONDS
    _endless: set[str] = field(default_factory=set)

    def wait(self, owner: Owner, name: str, done: Callable[[float], bool]) -> None:
        """Wait for the work of that name until ``done``, which itself waits some seconds."""
        while name not in self._endless and not done(self.seconds):
            if not self.busy(owner):
                self._endless.add(name)


@dataclass
class Threads:
    """The threads of all environments.

    ``here`` gives the environment that the current thread loads or invokes.
    """

    here: Callable[[], Owner | None]
    started_work: StartedWork
    _owners: WeakKeyDictionary[threading.Thread, Owner] = field(default_factory=WeakKeyDictionary)
    _pieces: Counter[Owner] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def owner(self) -> Owner | None:
        """The environment that this thread was started for; None for every other thread."""
        return self._owners.get(threading.current_thread())

    def current_environment(self) -> Owner | None:
        """The environment whose code runs in this thread."""
        return self.owner() or self.here()

    def leave_behind(self, invoking: Iterable[threading.Thread]) -> None:
        """Give up every thread of a function as its stage closes.

        ``invoking``: threads in which an invocation has not come back.
        """
        with self._lock:
            _LEFT_BEHIND.update([*invoking, *self._owners])

    def end_if_left_behind(self) -> None:
        """Let no thread of a closed stage act on a stage that was opened later.

        Raises:
            SystemExit: this thread is one; it ends without a word.
        """
        if threading.current_thread() in _LEFT_BEHIND:
            raise SystemExit

    def has_other_work(self, owner: Owner) -> bool:
        """Tell if a thread of the environment works, besides the one that invokes it."""
        with self._lock:
            own = [thread for thread, other in self._owners.items() if other is owner]
            return self._pieces[owner] > 0 or any(
                t.is_alive() and not t.daemon and not works_for_pool(t) for t in own)

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Follow all threads that are started while the context lasts."""
        start, submit = THREAD_START.value(), POOL_SUBMIT.value()

        def started(thread: threading.Thread) -> None:
            if _is_of_harness(thread):
                start(thread)
            else:
                self._start(thread, start)

        def submitted(pool: ThreadPoolExecutor, work: Any, /, *args: Any, **named: Any) -> Any:
            return self._submit(lambda: submit(pool, work, *args, **named), _name(work))

        with (THREAD_START.replaced(started), POOL_SUBMIT.replaced(submitted),
              mock.patch.object(threading, "excepthook", self._hook(threading.excepthook))):
            yield

    def _hook(self, hook: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """Print errors that end a function's thread into its output; a crash is no such error."""

        def failed(failure: Any) -> None:
            if self.owner() is None:
                hook(failure)
            elif isinstance(failure.exc_value, Exception):
                traceback.print_exception(failure.exc_value)

        return failed

    def _start(self, thread: threading.Thread, start: Callable[[threading.Thread], None]) -> None:
        self.end_if_left_behind()
        owner, target = self.current_environment(), target_of(thread)
        if owner is not None:
            with self._lock:
                self._owners[thread] = owner
        start(thread)
        if owner is not None and not works_for_pool(thread):
            self.started_work.wait(owner, _name(target), lambda seconds: _ended(thread, seconds))

    def _submit(self, submit: Callable[[], Future[Any]], name: str) -> Future[Any]:
        owner = self.current_environment()
        if owner is None:
            return submit()
        self._count(owner, 1)
        try:
            future = submit()
        except BaseException:
            self._count(owner, -1)
            raise
        future.add_done_callback(lambda _: self._count(owner, -1))
        self.started_work.wait(owner, name, lambda seconds: _done(future, seconds))
        return future

    def _count(self, owner: Owner, more: int) -> None:
        with self._lock:
            self._pieces[owner] += more
            if not self._pieces[owner]:
                del self._pieces[owner]


def _is_of_harness(thread: threading.Thread) -> bool:
    """Tell if a thread's class is the harness's: a signal may start it amid a function's code."""
    return type(thread).__module__.partition(".")[0] == __name__.partition(".")[0]


def _name(work: Any) -> str:
    """The name of a started function, the same in each environment; without a ``partial``."""
    work = getattr(work, "func", work)
    return f"{getattr(work, '__module__', '')}.{getattr(work, '__qualname__', type(work).__name__)}"


def _ended(thread: threading.Thread, seconds: float) -> bool:
    thread.join(seconds)
    return not thread.is_alive()


def _done(future: Future[Any], seconds: float) -> bool:
    return not wait([future], seconds).not_done
