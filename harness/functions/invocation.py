"""An invocation, whatever runs it: its context, how it can end, and what an environment is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from harness.core.errors import HarnessError

OUTPUT_LIMIT = 64 * 1024
"""Characters of what an invocation prints that are kept."""


class HandlerError(HarnessError):
    """The handler of a function cannot be loaded: no verdict is possible."""

    def __init__(self, function: str, reason: str) -> None:
        super().__init__(f"function {function} cannot be loaded", reason)


class FunctionError(Exception):
    """The handler raised: Lambda reports a function error. ``trace`` is for the history."""

    def __init__(self, kind: str, message: str, trace: str) -> None:
        self.kind, self.trace = kind, trace
        super().__init__(f"{kind}: {message}")


class Ending(BaseException):
    """Ends what runs, from outside; no handler should catch it, nor is it the handler's failure."""


class Crash(Ending):
    """Ends an invocation as the end of its process would."""


def ending(error: BaseException) -> BaseException | None:
    """What of an error came from outside; task groups put it together with what they cancel."""
    if isinstance(error, BaseExceptionGroup):
        return next((e for e in map(ending, error.exceptions) if e is not None), None)
    return error if isinstance(error, Ending | KeyboardInterrupt) else None


@dataclass(frozen=True, slots=True)
class LambdaContext:
    """The context object of one invocation, as the Python runtime hands it over."""

    function_name: str
    memory_limit_in_mb: int
    aws_request_id: str
    invoked_function_arn: str
    function_version: str = "$LATEST"
    log_group_name: str = ""
    log_stream_name: str = ""
    identity: Any = None
    client_context: Any = None
    remaining: Callable[[], float] = lambda: 3.0

    def get_remaining_time_in_millis(self) -> int:
        """What is left of the time-out; time passes only by sleeping and by slow calls."""
        return max(0, int(self.remaining() * 1000))

    def trace(self) -> str:
        """The header of X-Ray that the invocation comes with; nothing is sampled."""
        identity = self.aws_request_id.replace("-", "")
        return f"Root=1-{identity[:8]}-{identity[8:]};Parent={identity[-16:]};Sampled=0"


class TimedOut(Exception):
    """The function has not answered within its time-out."""


class Environment(Protocol):
    """One execution environment: loaded once, invoked any number of times, one at a time.

    ``warm``: it has been invoked before; ``alive``: it can be invoked again. ``ahead``: by how many
    seconds its clock is set ahead, where that can be done.
    """

    warm: bool
    alive: bool
    ahead: float

    def load(self) -> None:
        """Start it up to where it waits for work.

        Raises:
            HandlerError: its code cannot be loaded.
        """

    def invoke(self, event: Any, context: LambdaContext) -> Any:
        """Run the handler on an event of JSON values; gives what it returns.

        Raises:
            FunctionError: the function reported an error, or ended.
            TimedOut: it did not come back.
            Crash: an AWS call ended it.
        """

    def enter(self) -> None:
        """Let it go on."""

    def leave(self) -> None:
        """Stop it where it is, until ``enter``; nothing if it is stopped."""

    def take_output(self) -> str:
        """What was printed since the last call."""

    def end(self) -> None:
        """End it and all it started."""


class Startable(Protocol):
    """A function as it is deployed: what environments are started from; time-out in seconds."""

    @property
    def name(self) -> str:
        """What the harness calls it: its logical id."""

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables of its environments."""

    @property
    def clock(self) -> bool:
        """Whether its environments' clocks can be set ahead."""

    @property
    def timeout(self) -> float:
        """Seconds until an invocation is ended."""

    @property
    def memory(self) -> int:
        """Megabytes."""

    def start(self) -> Environment:
        """A new environment, not loaded yet."""
