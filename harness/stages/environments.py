"""Environments of all functions: warm by default, new after a restart, one at a time."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from harness.functions.envelopes import NotJsonError, to_json
from harness.functions.in_process import (
    Environment,
    FunctionError,
    LambdaContext,
    PythonFunction,
)
from harness.history import Invoked, Record, Role
from harness.stages.stage import StageError
from harness.wire import parse_json


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an invocation gave: a JSON result, or the error it ended with."""

    result: Any = None
    error: str | None = None


@dataclass
class Invocations:
    """Runs functions. ``running`` names the invocation that runs now, if any."""

    functions: Mapping[str, PythonFunction]
    roles: Mapping[str, Role]
    record: Callable[[Record], None]
    identify: Callable[[], str]
    deadline: float = 30.0
    always_cold: bool = False
    running: str | None = None
    count: int = 0
    _warm: dict[str, Environment] = field(default_factory=dict)

    def restart(self) -> None:
        """The next invocation of each function starts in a new environment."""
        self._warm.clear()

    def load_all(self) -> None:
        """Start one environment of every function that plays a part.

        Raises:
            HandlerError: one of them cannot be loaded.
        """
        for name in self.roles:
            self._environment(name)

    def _environment(self, name: str) -> Environment:
        if self.always_cold or name not in self._warm:
            environment = Environment(self.functions[name])
            with self._watched(name):
                environment.load()
            self._warm[name] = environment
        return self._warm[name]

    def invoke(self, name: str, event: Any) -> Outcome:
        """Run a function on an event, which it gets as JSON would give it."""
        environment = self._environment(name)
        self.count += 1
        started, cold = time.perf_counter(), environment.invocations == 0
        self.running = name
        try:
            with self._watched(name):
                outcome = _run(environment, event, self._context(name))
        finally:
            self.running = None
        seconds = time.perf_counter() - started
        self.record(Invoked(self.roles.get(name), name, self.count, cold, outcome.error,
                            environment.take_output(), seconds))
        return outcome

    def _context(self, name: str) -> LambdaContext:
        function = self.functions[name]
        return LambdaContext(
            function_name=function.environment["AWS_LAMBDA_FUNCTION_NAME"],
            memory_limit_in_mb=function.memory,
            aws_request_id=self.identify(),
            invoked_function_arn=f"arn:aws:lambda:us-east-1:123456789012:function:{name}",
            timeout_ms=int(function.timeout * 1000),
        )

    @contextmanager
    def _watched(self, name: str) -> Iterator[None]:
        """End what takes longer than the deadline: a stuck function is no verdict."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def stuck(_signal: int, frame: Any) -> None:
            where = f"{frame.f_code.co_filename}, line {frame.f_lineno}" if frame else "?"
            raise StageError(f"function {name}", f"still runs after {self.deadline:g} s ({where})",
                             "look for an endless loop or a wait in it")

        before = signal.signal(signal.SIGALRM, stuck)
        signal.setitimer(signal.ITIMER_REAL, self.deadline)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)


def _run(environment: Environment, event: Any, context: LambdaContext) -> Outcome:
    try:
        result = environment.invoke(json.loads(to_json(event)), context)
        return Outcome(parse_json(to_json(result)))
    except FunctionError as error:
        return Outcome(error=error.trace)
    except NotJsonError as error:
        return Outcome(error=str(error))
