"""Invocations of functions, one after another or one for another.

See ``turns`` for which of them runs, ``environments`` for the place where it does, and
``function_time`` for its clock.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from harness.core.errors import StageError
from harness.core.history import Invoked, Record, Role
from harness.functions.invocation import Environment, LambdaContext, Startable
from harness.stages.controlled.environments import Environments
from harness.stages.controlled.function_time import FunctionTime
from harness.stages.controlled.running import Apart, Outcome, Running, run_invocation
from harness.stages.controlled.turns import Turns
from harness.stages.controlled.watchdog import watched


def no_other_branch(free: Callable[[], bool]) -> None:
    """Let other branches go, where there are none."""


@dataclass
class Invocations:
    """Runs functions.

    ``traced``: processes tell the lines of their calls. ``give_way``: lets others go until
    something holds. ``single``: functions of which one environment runs at most. ``depth``: calls
    of functions by functions that have not come back. ``unknown``: a function that was invoked, and
    that cannot be run here.
    """

    functions: Mapping[str, Startable]
    roles: Mapping[str, Role]
    record: Callable[[Record], None]
    identify: Callable[[], str]
    deadline: float = 30.0
    count: int = 0
    unknown: str = ""
    depth: int = 0
    traced: bool = False
    give_way: Callable[[Callable[[], bool]], None] = no_other_branch
    single: frozenset[str] = frozenset()
    _lines: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.turns = Turns()
        self.time = FunctionTime(self.turns, self.clocks_can_be_set)
        self.environments = Environments(self.functions, self.turns, self.deadline)

    def close(self) -> None:
        """End every environment, and threads of those that are stuck."""
        self.environments.restart()
        self.turns.close()

    def begin(self, *, always_cold: bool) -> None:
        """Begin a play, whatever was played before."""
        self.count = 0
        self.time.clock.begin()
        self.environments.begin(always_cold=always_cold)

    def clocks_can_be_set(self) -> bool:
        """Tell if every function reads the clock that it is given."""
        return all(function.clock_can_be_set for function in self.functions.values())

    def can_run(self, name: str) -> bool:
        """Tell if a function is hosted here."""
        return name in self.functions

    def is_busy(self, name: str) -> bool:
        """Tell if a function of which one environment runs at most has one that runs."""
        return name in self.single and name in self._lines

    @contextmanager
    def one_at_a_time(self, line: str) -> Iterator[None]:
        """Hand over the next of a line once the delivery ahead of it has ended."""
        self.give_way(lambda: line not in self._lines)
        self._lines.add(line)
        try:
            yield
        finally:
            self._lines.discard(line)

    def invoke(self, name: str, event: Any, role: Role | None = None) -> Outcome:
        """Run a function on an event, which it gets as JSON would give it.

        ``role``: the part that it plays this time, where it plays several and is no relay.
        """
        if name in self.single:
            with self.one_at_a_time(name):
                return self._invoke(name, event, role)
        return self._invoke(name, event, role)

    def call(self, name: str, event: Any) -> Outcome:
        """Run a function for the one that runs now, which waits for it: their time passes at once.

        One without a role works for its caller: its calls are those of the caller's invocation.

        Raises:
            Crash: the caller is past its time-out meanwhile.
        """
        caller = self.turns.pause()
        began = 0.0 if caller is None else caller.clock
        self.depth += 1
        work = Apart(lambda: self._called(name, event, caller))
        try:
            outcome = work.result()
        finally:
            self.depth -= 1
            self.turns.resume(caller)
        if caller is not None:
            caller.at = max(caller.at, self.time.clock.latest)
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
        environment = self.environments.acquired(name)
        running = self._begun(name, environment, role, caller)
        started, cold = time.perf_counter(), not environment.warm
        try:
            with self.turns.taken(running), watched(name, self.deadline):
                outcome = run_invocation(running, event, self._context(running))
        finally:
            self.time.clock.ended(running.at)
        environment.warm = True
        self.record(Invoked(running.role, name, running.number, cold, outcome.error,
                            environment.take_output(), time.perf_counter() - started))
        self.environments.release(name, environment, usable=running.ended is None)
        self.environments.refuse_unseen_host(name)
        self._refuse_unknown(name)
        return replace(outcome, invocation=running.number, role=running.role,
                       seconds=running.clock)

    def _begun(
        self, name: str, environment: Environment, role: Role | None, caller: Running | None
    ) -> Running:
        self.count += 1
        usual = self.roles.get(name)
        part = usual if role is None or usual is Role.RELAY else role
        number = self.count
        if caller is not None and usual is None:
            part, number = caller.role, caller.number
        return Running(name, part, number, environment, self.functions[name].timeout,
                       at=self.time.clock.started(None if caller is None else caller.at,
                                                  by_client=part in (Role.COMMAND, Role.QUERY)))

    def _refuse_unknown(self, name: str) -> None:
        """Refuse to judge a function that has invoked another one which is not here.

        Raises:
            StageError: it has.
        """
        unknown, self.unknown = self.unknown, ""
        if unknown:
            raise StageError(
                f"function {name}", f"invokes the function {unknown}, which cannot be run here",
                "let the template have it, with its code; name it in the policies of "
                f"{name}, or in a variable")

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
            clock=lambda: self.time.told(running),
            traced=self.traced,
        )
