"""Environments of all functions, and what runs in them: one invocation at a time ever runs.

Environments stay warm and are used again; a second one is started when two invocations of a
function overlap; one ends when its invocation crashes or times out. Lambda does not say which
of several it takes: here they take turns, so that what one keeps soon gets stale.
Time is virtual: it passes when an invocation sleeps or a call is slow, never by itself; and at once
when there has to be a later (``wait``). What a function does in threads besides its own belongs to
its invocation: one at a time makes a call, and all stand still while their environment does.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from weakref import ref

from harness.core.errors import StageError
from harness.core.faults import LEFT_SECONDS, SLOW_SECONDS, FaultKind
from harness.core.history import Invoked, Record, Role
from harness.functions.invocation import (
    Crash,
    Environment,
    LambdaContext,
    Startable,
    Told,
)
from harness.functions.python.signals import Signals
from harness.functions.python.threads import Owner, StartedWork, Threads
from harness.seams.botocore import patience
from harness.seams.cpython import works_for_pool
from harness.stages.controlled.play_clock import SECOND, PlayClock
from harness.stages.controlled.running import Apart, Outcome, Running, run_invocation
from harness.stages.controlled.watchdog import watched

LONGEST = 960.0
"""Seconds: a minute more than an invocation may take (Lambda quotas)."""
LATEST = 3 * LONGEST
"""Less than an hour in all: nobody forgets a key sooner, as far as is known."""
PART_OF_PATIENCE = 0.95
"""The part of a client's time that a long call takes."""
IN_A_PROCESS = ("put python = \"python -m awslambdaric {handler}\" into "
                "[tool.cqrs-conformance.runtimes], and pip install 'cqrs-conformance[hosted]'")


def no_other_branch(free: Callable[[], bool]) -> None:
    """Let other branches go, where there are none."""


@dataclass
class Invocations:
    """Runs functions. ``running`` is the invocation that runs now, if any.

    ``traced``: processes tell the lines of their calls. ``unseen_host``: a host that a function has
    looked for to call AWS unseen. ``give_way``: lets others go until something holds. ``single``:
    functions of which one environment runs at most. ``depth``: calls of functions by functions that
    have not come back. ``unknown``: a function that was invoked, and that cannot be run here.
    """

    functions: Mapping[str, Startable]
    roles: Mapping[str, Role]
    record: Callable[[Record], None]
    identify: Callable[[], str]
    deadline: float = 30.0
    always_cold: bool = False
    running: Running | None = None
    count: int = 0
    clock: PlayClock = field(default_factory=PlayClock)
    unseen_host: str = ""
    unknown: str = ""
    depth: int = 0
    traced: bool = False
    give_way: Callable[[Callable[[], bool]], None] = no_other_branch
    single: frozenset[str] = frozenset()
    _lines: set[str] = field(default_factory=set)
    _calling: set[int] = field(default_factory=set)
    _warm: dict[str, list[Environment]] = field(default_factory=dict)
    _own: dict[threading.Thread, Running] = field(default_factory=dict)
    _loading: dict[threading.Thread, Environment] = field(default_factory=dict)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _closed: bool = False

    def __post_init__(self) -> None:
        self.threads = Threads(self._here, StartedWork(self._busy))
        self.signals = Signals(
            self.threads.current_environment, lambda: self.threads.owner() is None)

    def _here(self) -> Owner | None:
        """The environment whose own thread this is: the one that loads or invokes it."""
        thread = threading.current_thread()
        running = self._own.get(thread)
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

    def _goes_on(self, running: Running | None) -> None:
        """From now on that invocation is the one that runs."""
        with self._changed:
            self.running = running
            self._changed.notify_all()

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

    @contextmanager
    def turn(self) -> Iterator[Running | None]:
        """Make a call: the invocation that it belongs to, none of whose threads makes another."""
        self.threads.end_if_left_behind()
        owner = self.threads.owner()
        while True:
            running = self._caller() if owner is None else self._awaited(owner)
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

    def code_here(self) -> Environment | None:
        """The environment whose own code runs in this thread, unless it makes a call."""
        if threading.get_ident() in self._calling:
            return None
        owner = self.threads.current_environment()
        return None if owner is None else owner()

    def _caller(self) -> Running | None:
        return self._own.get(threading.current_thread(), self.running)

    def restart(self, function: str | None = None) -> None:
        """The next invocation of a function (of each) starts in a new environment."""
        for name in list(self._warm) if function is None else [function]:
            for environment in self._warm.pop(name, []):
                environment.end()

    def close(self) -> None:
        """End every environment, and threads of those that are stuck."""
        self._closed = True
        self.restart()
        self.threads.leave_behind(self._own)

    def begin(self, *, always_cold: bool) -> None:
        """Begin a play: one environment of each function waits, whatever was played before."""
        self.always_cold, self.count = always_cold, 0
        self.clock.begin()
        for name in self.functions:
            waiting = self._warm.setdefault(name, [])
            while len(waiting) > 1:
                waiting.pop().end()
            if not waiting and not self.always_cold:
                waiting.append(self._started(name))
            for environment in waiting:
                environment.warm = True

    def load_all(self) -> None:
        """Start one environment of every function that plays a part.

        Raises:
            HandlerError: one of them cannot be loaded.
        """
        for name in self.functions:
            self._warm.setdefault(name, []).append(self._started(name))

    def _started(self, name: str) -> Environment:
        environment = self.functions[name].start()
        self._loading[threading.current_thread()] = environment
        try:
            with watched(name, self.deadline):
                environment.load()
        finally:
            del self._loading[threading.current_thread()]
            self._refuse_unseen_host(name)
        return environment

    def _refuse_unseen_host(self, name: str) -> None:
        """Refuse to judge a function that called an AWS which it could not reach."""
        host, self.unseen_host = self.unseen_host, ""
        if host:
            raise StageError(
                f"function {name}", f"calls {host} by another SDK than botocore (or a "
                "service that moto has not), which nobody sees in this process",
                f"run it in one of its own: {IN_A_PROCESS}")

    def _refuse_unknown(self, name: str) -> None:
        """Refuse to judge a function that has invoked another one which is not here."""
        unknown, self.unknown = self.unknown, ""
        if unknown:
            raise StageError(
                f"function {name}", f"invokes the function {unknown}, which cannot be run here",
                "let the template have it, with its code; name it in the policies of "
                f"{name}, or in a variable")

    def exit(self, why: str) -> BaseException:
        """End the invocation whose code asks for it; gives the exception to raise there."""
        return SystemExit(why) if self.running is None else self.running.end(why)

    def stray(self, host: str) -> None:
        """Note that a function calls AWS by a way that is not seen here."""
        self.unseen_host = host

    def _acquired(self, name: str) -> Environment:
        waiting = self._warm.get(name, [])
        return waiting.pop(0) if waiting and not self.always_cold else self._started(name)

    def invoke(self, name: str, event: Any, role: Role | None = None) -> Outcome:
        """Run a function on an event, which it gets as JSON would give it.

        ``role``: the part that it plays this time, where it plays several and is no relay.
        """
        if name in self.single:
            with self.one_at_a_time(name):
                return self._invoke(name, event, role)
        return self._invoke(name, event, role)

    def can_run(self, name: str) -> bool:
        """Tell if a function is hosted here."""
        return name in self.functions

    def is_busy(self, name: str) -> bool:
        """Tell if a function of which one environment runs at most has one that runs."""
        return name in self.single and name in self._lines

    def call(self, name: str, event: Any) -> Outcome:
        """Run a function for the one that runs now, which waits for it: their time passes at once.

        One without a role works for its caller: its calls are those of the caller's invocation.

        Raises:
            Crash: the caller is past its time-out meanwhile.
        """
        caller = self.pause()
        began = 0.0 if caller is None else caller.clock
        self.depth += 1
        work = Apart(lambda: self._called(name, event, caller))
        try:
            outcome = work.result()
        finally:
            self.depth -= 1
            self.resume(caller)
        if caller is not None:
            caller.at = max(caller.at, self.clock.latest)
            caller.clock = max(caller.clock, began + outcome.seconds)
            caller.pass_time()
        return outcome

    def _called(self, name: str, event: Any, caller: Running | None) -> Outcome:
        if name in self.single:
            with self.one_at_a_time(name):
                return self._invoke(name, event, None, caller)
        return self._invoke(name, event, None, caller)

    def _invoke(
        self, name: str, event: Any, role: Role | None, caller: Running | None = None
    ) -> Outcome:
        environment = self._acquired(name)
        self.count += 1
        usual = self.roles.get(name)
        part = usual if role is None or usual is Role.RELAY else role
        number = self.count
        if caller is not None and usual is None:
            part, number = caller.role, caller.number
        running = Running(name, part, number, environment, self.functions[name].timeout)
        running.at = self.clock.started(None if caller is None else caller.at,
                                        by_client=part in (Role.COMMAND, Role.QUERY))
        started, cold = time.perf_counter(), not environment.warm
        self._own[threading.current_thread()] = running
        self._goes_on(running)
        try:
            with watched(name, self.deadline):
                outcome = run_invocation(running, event, self._context(running))
        finally:
            with running.calls:
                self._goes_on(None)
            del self._own[threading.current_thread()]
            self.clock.ended(running.at)
        environment.warm = True
        self.record(Invoked(running.role, name, running.number, cold, outcome.error,
                            environment.take_output(), time.perf_counter() - started))
        if running.ended is None and environment.alive and not self.always_cold:
            self._warm.setdefault(name, []).append(environment)
        else:
            environment.end()
        self._refuse_unseen_host(name)
        self._refuse_unknown(name)
        return replace(outcome, invocation=running.number, role=running.role,
                       seconds=running.clock)

    def _context(self, running: Running) -> LambdaContext:
        function = self.functions[running.function]
        name = function.environment["AWS_LAMBDA_FUNCTION_NAME"]
        return LambdaContext(
            function_name=name,
            memory_limit_in_mb=str(function.memory),
            aws_request_id=self.identify(),
            invoked_function_arn=f"arn:aws:lambda:us-east-1:123456789012:function:{name}",
            log_group_name=function.environment.get("AWS_LAMBDA_LOG_GROUP_NAME", ""),
            log_stream_name=function.environment.get("AWS_LAMBDA_LOG_STREAM_NAME", ""),
            remaining=lambda: running.timeout - running.clock,
            clock=lambda: self._told(running),
            traced=self.traced,
        )

    @contextmanager
    def one_at_a_time(self, line: str) -> Iterator[None]:
        """Hand over the next of a line once the delivery ahead of it has ended."""
        self.give_way(lambda: line not in self._lines)
        self._lines.add(line)
        try:
            yield
        finally:
            self._lines.discard(line)

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

    def sleep(self, seconds: float) -> None:
        """Stand for ``time.sleep`` while the stage is open: virtual in a function.

        A daemon that would sleep longer than the invocation lives does something in the background:
        nobody waits for it, and it sleeps as long as its environment lives.
        """
        owner = self.threads.owner()
        running = self._caller() if owner is None else self._awaited(owner)
        if running is None:
            REAL_SLEEP(seconds)
        elif owner is not None and _in_background(running, seconds):
            self._sleep_for_good(owner)
        else:
            self._pass_time(running, seconds)

    def _pass_time(self, running: Running, seconds: float) -> None:
        running.pass_time(seconds)
        if self.signals.pass_time(running.environment, seconds):
            raise running.end("Runtime exited with signal: alarm clock")

    def _sleep_for_good(self, owner: Owner) -> None:
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

    def now(self) -> float:
        """The clock of the functions, and of what arrives at them: seconds since 1970."""
        return self.clock.seconds(None if self.running is None else self.running.at)

    def epoch_ms(self) -> int:
        """The same in milliseconds."""
        return int(self.now() * 1000)

    def reading(self) -> int | None:
        """The time of the function that asks, in microseconds; None if no function does."""
        running = self._caller()
        loading = threading.current_thread() in self._loading
        if running is None and not loading:
            return None
        if self.clock.real or running is None:
            return int(self.clock.seconds(None) * SECOND)
        running.at += 1
        return running.at

    def _told(self, running: Running) -> Told:
        """The clock of an invocation, as a process is told."""
        if self.clock.real:
            return Told(ahead=self.clock.ahead)
        return Told(fixed=running.at / SECOND)

    def wait(self) -> bool:
        """Let so much time pass that no invocation of before can still run; whether it did."""
        if self.clock.ahead + LONGEST > LATEST:
            return False
        self.clock.jump(LONGEST)
        return True

    def slow_call(self, running: Running, kind: FaultKind) -> None:
        """Let the time of a slow call pass.

        One that leaves little of the time-out takes as long as its client waits for an answer, in
        all attempts that it makes. For all others that time passes as well, so that a lease may run
        out meanwhile, which takes clocks that can be set.

        Raises:
            Crash: the invocation is past its time-out.
        """
        seconds = SLOW_SECONDS
        if kind is FaultKind.NEARLY_LATE and self.clocks_can_be_set():
            longest = PART_OF_PATIENCE * (patience() or running.timeout)
            seconds = max(0.0, min(longest, running.timeout - running.clock - LEFT_SECONDS))
            self.clock.jump(seconds)
            for each in self._own.values():
                if each is not running:
                    each.clock += seconds
                    each.at += int(seconds * SECOND)
        running.pass_time(seconds)

    def clocks_can_be_set(self) -> bool:
        """Tell if every function reads the clock that it is given."""
        return all(function.clock_can_be_set for function in self.functions.values())

REAL_SLEEP = time.sleep


def _in_background(running: Running, seconds: float) -> bool:
    """A pool's thread does not: somebody waits for what it was given."""
    late, thread = running.clock + seconds >= running.timeout, threading.current_thread()
    return late and thread.daemon and not works_for_pool(thread)
