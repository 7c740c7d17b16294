"""Threads that a function starts: whose they are, and in which order they get to do something.

A thread belongs to the environment of the thread that started it, however long it lives: a pool
that is kept from one invocation to the next works for each of them. Threads of the machine run
in any order; here whoever starts one, or hands a pool some work, lets it have its way first, as if
it had been lucky. So the same run gives the same calls. What does not come back, because it
waits for whoever started it or never ends, is let go on by itself, and is not waited for again.
"""

from __future__ import annotations

import threading
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock
from weakref import ReferenceType, WeakKeyDictionary

from harness.seams.cpython import POOL_SUBMIT, THREAD_START, target_of, works_for_pool

LONG = 2.0
"""Seconds without a call after which something that was started is not waited for any more."""


Owner = ReferenceType[Any]
"""An environment, as its threads know it: an idle thread must not keep what has ended."""


@dataclass
class Patience:
    """How long one waits for something that was started: no more once it did not come back.

    ``busy`` says whether the environment makes a call, or waits for its turn to go on.
    """

    busy: Callable[[Owner], bool]
    seconds: float = LONG
    _lost: set[str] = field(default_factory=set)

    def wait(self, owner: Owner, what: str, done: Callable[[float], bool]) -> None:
        """Wait until ``done``, which waits for so many seconds itself."""
        while what not in self._lost and not done(self.seconds):
            if not self.busy(owner):
                self._lost.add(what)


@dataclass
class Threads:
    """The threads of all environments. ``here`` is the environment whose own thread this is."""

    here: Callable[[], Owner | None]
    patience: Patience
    _owners: WeakKeyDictionary[threading.Thread, Owner] = field(default_factory=WeakKeyDictionary)
    _pieces: Counter[Owner] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def owner(self) -> Owner | None:
        """The environment that this thread was started for; None for every other thread."""
        return self._owners.get(threading.current_thread())

    def whose(self) -> Owner | None:
        """The environment whose code runs in this thread."""
        return self.owner() or self.here()

    def at_work(self, owner: Owner) -> bool:
        """Whether any of the environment's threads has something to do besides its own one."""
        with self._lock:
            own = [thread for thread, whose in self._owners.items() if whose is owner]
            return self._pieces[owner] > 0 or any(
                t.is_alive() and not t.daemon and not works_for_pool(t) for t in own)

    @contextmanager
    def installed(self) -> Iterator[None]:
        """See to all threads that are started while the context lasts."""
        start, submit = THREAD_START.value(), POOL_SUBMIT.value()

        def started(thread: threading.Thread) -> None:
            if _is_ours(thread):
                start(thread)
            else:
                self._start(thread, start)

        def submitted(pool: ThreadPoolExecutor, work: Any, /, *args: Any, **named: Any) -> Any:
            return self._submit(lambda: submit(pool, work, *args, **named), _name(work))

        with (THREAD_START.replaced(started), POOL_SUBMIT.replaced(submitted),
              mock.patch.object(threading, "excepthook", self._hook(threading.excepthook))):
            yield

    def _hook(self, hook: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """What a thread dies of: a function's is printed by it, and a crash is no failure of it."""

        def failed(told: Any) -> None:
            if self.owner() is None:
                hook(told)
            elif isinstance(told.exc_value, Exception):
                traceback.print_exception(told.exc_value)

        return failed

    def _start(self, thread: threading.Thread, start: Callable[[threading.Thread], None]) -> None:
        owner, target = self.whose(), target_of(thread)
        if owner is not None:
            with self._lock:
                self._owners[thread] = owner
        start(thread)
        if owner is not None and not works_for_pool(thread):
            self.patience.wait(owner, _name(target), lambda seconds: _ended(thread, seconds))

    def _submit(self, submit: Callable[[], Future[Any]], name: str) -> Future[Any]:
        owner = self.whose()
        if owner is None:
            return submit()
        self._count(owner, 1)
        try:
            future = submit()
        except BaseException:
            self._count(owner, -1)
            raise
        future.add_done_callback(lambda _: self._count(owner, -1))
        self.patience.wait(owner, name, lambda seconds: _done(future, seconds))
        return future

    def _count(self, owner: Owner, more: int) -> None:
        with self._lock:
            self._pieces[owner] += more
            if not self._pieces[owner]:
                del self._pieces[owner]


def _is_ours(thread: threading.Thread) -> bool:
    """Whether it is of a class of the harness, which a signal may start amid a function's code."""
    return type(thread).__module__.partition(".")[0] == __name__.partition(".")[0]


def _name(work: Any) -> str:
    """What is started, whichever environment's it is; less what only calls it."""
    work = getattr(work, "func", work)
    return f"{getattr(work, '__module__', '')}.{getattr(work, '__qualname__', type(work).__name__)}"


def _ended(thread: threading.Thread, seconds: float) -> bool:
    thread.join(seconds)
    return not thread.is_alive()


def _done(future: Future[Any], seconds: float) -> bool:
    return not wait([future], seconds).not_done
