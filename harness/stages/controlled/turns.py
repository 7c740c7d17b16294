"""Turns of invocations: one at a time runs, and one of its threads at a time makes a call.

Threads that a function starts belong to its invocation: they stand still while its environment
does.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from weakref import ref

from harness.functions.invocation import Crash, Environment
from harness.functions.python.signals import Signals
from harness.functions.python.threads import Owner, StartedWork, Threads
from harness.stages.controlled.running import Running


class Turns:
    """Tells which invocation runs. ``running``: it, if any; ``own``: all, by their own threads."""

    def __init__(self) -> None:
        self.running: Running | None = None
        self.own: dict[threading.Thread, Running] = {}
        self._loading: dict[threading.Thread, Environment] = {}
        self._calling: set[int] = set()
        self._changed = threading.Condition()
        self._closed = False
        self.threads = Threads(self._here, StartedWork(self._busy))
        self.signals = Signals(
            self.threads.current_environment, lambda: self.threads.owner() is None)

    def close(self) -> None:
        """Leave the threads of invocations that are stuck behind."""
        self._closed = True
        self.threads.leave_behind(self.own)

    @contextmanager
    def loading(self, environment: Environment) -> Iterator[None]:
        """Let this thread load an environment."""
        self._loading[threading.current_thread()] = environment
        try:
            yield
        finally:
            del self._loading[threading.current_thread()]

    def loads(self) -> bool:
        """Tell if this thread loads an environment."""
        return threading.current_thread() in self._loading

    @contextmanager
    def taken(self, running: Running) -> Iterator[None]:
        """Let an invocation run in this thread."""
        self.own[threading.current_thread()] = running
        self._goes_on(running)
        try:
            yield
        finally:
            with running.calls:
                self._goes_on(None)
            del self.own[threading.current_thread()]

    def pause(self) -> Running | None:
        """Take the running invocation's environment out of the way of another's."""
        running = self.running
        self._goes_on(None)
        if running is not None:
            running.environment.leave()
        return running

    def resume(self, running: Running | None) -> None:
        """Put a paused invocation's environment back in place."""
        if running is not None:
            running.environment.enter()
        self._goes_on(running)

    def _goes_on(self, running: Running | None) -> None:
        """From now on that invocation is the one that runs."""
        with self._changed:
            self.running = running
            self._changed.notify_all()

    @contextmanager
    def call(self) -> Iterator[Running | None]:
        """Make a call: the invocation that it belongs to, none of whose threads makes another."""
        self.threads.end_if_left_behind()
        while True:
            running = self.asking()
            if running is None:
                yield None
                return
            with running.calls:
                if self.running is running:
                    running.calling = True
                    try:
                        with self._in_a_call():
                            yield running
                    finally:
                        running.calling = False
                    return

    @contextmanager
    def _in_a_call(self) -> Iterator[None]:
        thread = threading.get_ident()
        outermost = thread not in self._calling
        self._calling.add(thread)
        try:
            yield
        finally:
            if outermost:
                self._calling.discard(thread)

    def asking(self) -> Running | None:
        """The invocation that this thread belongs to, once it goes on.

        Raises:
            Crash: its environment has ended.
        """
        owner = self.threads.owner()
        return self.caller() if owner is None else self._awaited(owner)

    def caller(self) -> Running | None:
        """The invocation whose own thread this is, or the one that runs."""
        return self.own.get(threading.current_thread(), self.running)

    def _awaited(self, owner: Owner) -> Running | None:
        """The invocation of a thread's environment, once it goes on; None while that is loaded.

        Raises:
            Crash: the environment has ended, and its threads with it.
        """
        with self._changed:
            while not self._changed.wait_for(lambda: owner() in self._active(), timeout=1.0):
                environment = owner()
                if environment is None or not environment.alive or self._closed:
                    raise Crash("its environment has ended")
                del environment
            return self.running

    def sleep_for_good(self, owner: Owner) -> None:
        """Let a thread sleep as long as its environment lives.

        Raises:
            Crash: the environment has ended.
        """
        with self._changed:
            while (environment := owner()) is not None and environment.alive:
                del environment
                self._changed.wait(1.0)
        raise Crash("its environment has ended")

    def idle(self) -> bool:
        """Tell if a function's own thread is the only one that has anything to do."""
        owner = self._here()
        return (owner is not None and self.running is not None
                and not self.threads.has_other_work(owner))

    def exit(self, why: str) -> BaseException:
        """End the invocation whose code asks for it; gives the exception to raise there."""
        return SystemExit(why) if self.running is None else self.running.end(why)

    def code_here(self) -> Environment | None:
        """The environment whose own code runs in this thread, unless it makes a call."""
        if threading.get_ident() in self._calling:
            return None
        owner = self.threads.current_environment()
        return None if owner is None else owner()

    def _here(self) -> Owner | None:
        """The environment whose own thread this is: the one that loads or invokes it."""
        thread = threading.current_thread()
        running = self.own.get(thread)
        environment = running.environment if running else self._loading.get(thread)
        return None if environment is None else ref(environment)

    def _active(self) -> list[Environment]:
        """The environments that do not stand still."""
        running = [self.running.environment] if self.running is not None else []
        return [*running, *self._loading.values()]

    def _busy(self, owner: Owner) -> bool:
        """Tell if an environment makes a call, or waits until it is its turn again."""
        running, environment = self.running, owner()
        if environment is None or not environment.alive:
            return False
        if running is None or running.environment is not environment:
            return environment not in self._active()
        return running.calling
