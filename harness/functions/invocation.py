"""An invocation in any language: its context, the ways it can end, and its environment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from harness.core.errors import HarnessError

PAYLOAD_LIMIT = 6_291_556
"""Bytes of an invocation's event or response ("Lambda quotas": 6 MB; errors name the number)."""
OUTPUT_LIMIT = 64 * 1024
"""Characters that are kept of an invocation's output."""


class HandlerError(HarnessError):
    """The handler of a function cannot be loaded: no verdict is possible."""

    def __init__(self, function: str, reason: str) -> None:
        super().__init__(f"function {function} cannot be loaded", reason)


class FunctionError(Exception):
    """The handler raised: Lambda reports a function error. ``trace`` is for the history."""

    def __init__(self, kind: str, message: str, trace: str) -> None:
        self.kind, self.trace = kind, trace
        super().__init__(f"{kind}: {message}")


class Termination(BaseException):
    """Ends an invocation from outside. No handler should catch it, and no handler fails by it."""


class Crash(Termination):
    """Ends an invocation as the end of its process would."""


def termination_in(error: BaseException) -> BaseException | None:
    """The termination in an error; task groups raise it together with cancelled tasks' errors."""
    if isinstance(error, BaseExceptionGroup):
        return next((e for e in map(termination_in, error.exceptions) if e is not None), None)
    return error if isinstance(error, Termination | KeyboardInterrupt) else None


@dataclass(frozen=True, slots=True)
class NoIdentity:
    """The identity of a caller that Amazon Cognito does not know."""

    cognito_identity_id: str | None = None
    cognito_identity_pool_id: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """The clock of a function: ``fixed`` in seconds since 1970, or ``ahead`` of the real one."""

    fixed: float | None = None
    ahead: float = 0.0


@dataclass(frozen=True, slots=True)
class LambdaContext:
    """The context object of one invocation, as the Python runtime hands it over."""

    function_name: str
    memory_limit_in_mb: str
    aws_request_id: str
    invoked_function_arn: str
    function_version: str = "$LATEST"
    log_group_name: str = ""
    log_stream_name: str = ""
    identity: Any = field(default_factory=NoIdentity)
    client_context: Any = None
    remaining: Callable[[], float] = lambda: 3.0
    traced: bool = field(default=False, repr=False)
    clock: Callable[[], Told] = field(default=Told, repr=False)

    def get_remaining_time_in_millis(self) -> int:
        """The rest of the time-out; time passes only by sleeping and by slow calls."""
        return max(0, int(self.remaining() * 1000))

    def trace(self) -> str:
        """The X-Ray header of the invocation; nothing is sampled."""
        identity = self.aws_request_id.replace("-", "")
        return f"Root=1-{identity[:8]}-{identity[8:]};Parent={identity[-16:]};Sampled=0"


class TimedOut(Exception):
    """The function has not answered within its time-out."""


class Environment(Protocol):
    """One execution environment: loaded once, invoked any number of times, one at a time.

    ``warm``: it has been invoked before; ``alive``: it can be invoked again.
    """

    warm: bool
    alive: bool

    def load(self) -> None:
        """Start the environment until it waits for work.

        Raises:
            HandlerError: its code cannot be loaded.
        """

    def invoke(self, event: Any, context: LambdaContext) -> Any:
        """Run the handler on an event of JSON values and give its result.

        Raises:
            FunctionError: the function reported an error, or ended.
            TimedOut: the function did not answer in time.
            Crash: an AWS call ended the environment.
        """

    def enter(self) -> None:
        """Let the environment go on."""

    def leave(self) -> None:
        """Stop the environment until ``enter``; do nothing if it is stopped."""

    def take_output(self) -> str:
        """The text that was printed since the last call."""

    def end(self) -> None:
        """End the environment and all it started."""


class Startable(Protocol):
    """A deployed function, from which environments are started."""

    @property
    def name(self) -> str:
        """The function's logical id."""

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables of the function's environments."""

    @property
    def starts_slowly(self) -> bool:
        """True if a start takes longer than invocations do; see ``Environments``."""

    @property
    def clock_can_be_set(self) -> bool:
        """True if the clocks of its environments can be set, also while they run."""

    @property
    def timeout(self) -> float:
        """Seconds until an invocation is ended."""

    @property
    def memory(self) -> int:
        """The memory size in megabytes."""

    def start(self) -> Environment:
        """A new environment, not loaded yet."""
