"""An invocation that runs, and its outcome: a result, an error, a crash, a time-out."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from harness.core.history import Role
from harness.core.json_values import parse_json
from harness.functions.events import NotJsonError, to_json
from harness.functions.invocation import (
    PAYLOAD_LIMIT,
    Crash,
    Environment,
    FunctionError,
    LambdaContext,
    TimedOut,
)
from harness.functions.lambda_json import utf8
from harness.stages.controlled.play_clock import SECOND


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of an invocation: a JSON result or the error it ended with, and its number.

    ``raised`` and ``message``: the type and the text of an exception that the handler raised.
    ``seconds``: the virtual time that it took.
    """

    result: Any = None
    error: str | None = None
    timed_out: bool = False
    invocation: int = 0
    role: Role | None = None
    raised: str = ""
    message: str = ""
    seconds: float = 0.0


@dataclass(eq=False, slots=True)
class Running:
    """An invocation that runs. ``ended`` says why it is over although its code may go on.

    ``clock``: the seconds that it has taken. ``at``: its time, in microseconds since 1970.
    """

    function: str
    role: Role | None
    number: int
    environment: Environment
    timeout: float
    clock: float = 0.0
    at: int = 0
    ended: str | None = None
    timed_out: bool = False
    calls: threading.RLock = field(default_factory=threading.RLock)
    calling: bool = False

    def end(self, why: str, *, timed_out: bool = False) -> Crash:
        """The invocation is over; what is to be raised wherever it still runs."""
        self.ended, self.timed_out = why, timed_out
        return Crash(why)

    def pass_time(self, seconds: float = 0.0) -> None:
        """Let time pass; past the time-out the invocation is over.

        Raises:
            Crash: it is.
        """
        self.clock += seconds
        self.at += int(seconds * SECOND)
        if self.clock >= self.timeout:
            raise self.end(_late(self), timed_out=True)


class Apart(threading.Thread):
    """Work in a thread of its own, which belongs to no function, and its result.

    A function's thread stands still while another function runs for it.
    """

    def __init__(self, work: Callable[[], Outcome]) -> None:
        super().__init__(daemon=True)
        self._work, self._outcome = work, Outcome()
        self._error: BaseException | None = None

    def run(self) -> None:
        """Do the work."""
        try:
            self._outcome = self._work()
        except BaseException as error:
            self._error = error

    def result(self) -> Outcome:
        """The outcome, once it is there; an error is raised here."""
        self.start()
        self.join()
        if self._error is not None:
            raise self._error
        return self._outcome


def _late(running: Running) -> str:
    return f"Task timed out after {running.timeout:.2f} seconds"


def run_invocation(running: Running, event: Any, context: LambdaContext) -> Outcome:
    """Run an invocation on an event, which it gets as JSON would give it."""
    try:
        result = running.environment.invoke(json.loads(to_json(event)), context)
    except Crash:
        return Outcome(error=running.ended, timed_out=running.timed_out)
    except TimedOut:
        running.end(_late(running), timed_out=True)
        return Outcome(error=running.ended, timed_out=True)
    except FunctionError as error:
        told = str(error).removeprefix(f"{error.kind}: ")
        return Outcome(error=running.ended or error.trace, timed_out=running.timed_out,
                       raised="" if running.ended else error.kind, message=told)
    if running.ended is not None:
        return Outcome(error=running.ended, timed_out=running.timed_out)
    try:
        text = to_json(result)
    except NotJsonError as error:
        return Outcome(error=str(error))
    if len(text) > PAYLOAD_LIMIT or len(utf8(text)) > PAYLOAD_LIMIT:
        return Outcome(error="Response payload size exceeded maximum allowed payload size "
                             f"({PAYLOAD_LIMIT} bytes).")
    return Outcome(parse_json(text))
