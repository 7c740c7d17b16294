"""An execution environment as a process, served by whoever waits for it."""

from __future__ import annotations

import json
import selectors
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.core.http import RawRequest, RawResponse
from harness.core.json_values import parse_json
from harness.functions.invocation import FunctionError, HandlerError, LambdaContext, TimedOut
from harness.functions.lambda_json import to_json
from harness.functions.processes.connections import Connection
from harness.functions.processes.process import Process
from harness.functions.processes.start import StartCommand, StartupArchive

ROOT = "/2018-06-01/runtime/"
INIT_DEADLINE = 60.0
"""Seconds an environment may take to start. Lambda gives it 10 s, and then another try."""
FINISH_DEADLINE = 30.0
"""Seconds an environment may take to leave its archive."""
TICK = 0.05
PAYLOAD_LIMIT = 6 * 1024 * 1024 + 100
"""Bytes of a response ("Lambda quotas", invocation payload)."""
AHEAD = "X-Clock-Ahead-Ms"
BROKEN = "Lambda-Runtime-Function-Error-Type"
"""A header, or a trailer of a streamed response: the function failed on its way."""
SHOWN = 600
SLACK = 15_000
"""Milliseconds a function believes to have besides: its clock goes on while we make it wait."""
ACCEPTED = RawResponse(202, (("Content-Type", "application/json"),), b'{"status":"OK"}')

Serve = Callable[[RawRequest], RawResponse | None]
"""Answers an AWS request; None breaks the connection instead."""


@dataclass
class ProcessFunction:
    """A function that runs as a process; ``folder`` is where it is unpacked.

    One environment is always being started ahead, because most of a cold start is waiting.
    """

    name: str
    folder: Path
    start_command: StartCommand
    environment: Mapping[str, str]
    serve: Serve
    timeout: float = 3.0
    memory: int = 128
    _spare: ProcessEnvironment | None = None
    _living: list[ProcessEnvironment] = field(default_factory=list)
    _archived: bool = False

    @property
    def clock_can_be_set(self) -> bool:
        """See ``Startable``."""
        return self.start_command.clock_can_be_set

    def start(self) -> ProcessEnvironment:
        """A new environment, not loaded yet."""
        self._living = [made for made in self._living if made.alive]
        taken, self._spare = self._spare or self._made(), self._made()
        return taken

    def _made(self) -> ProcessEnvironment:
        made = ProcessEnvironment(self)
        self._living.append(made)
        return made

    def claim_archive(self) -> StartupArchive | None:
        """The archive that an environment is to leave which has worked: the first to end idle."""
        wanted, self._archived = not self._archived, True
        return self.start_command.archive if wanted else None

    def close(self) -> None:
        """End every environment."""
        self._archived = True
        for made in self._living:
            made.end()


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a function has said: its result as JSON text, or an error."""

    body: bytes
    error: bool = False


class ProcessEnvironment:
    """One process; see ``Environment`` for what it can be asked to do."""

    def __init__(self, function: ProcessFunction) -> None:
        self.warm, self.alive, self.clock_ahead = False, True, 0.0
        self._function = function
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._connections: list[Connection] = []
        self._waiting: Connection | None = None
        self._request_id = ""
        self._answer: _Answer | None = None
        address = "{}:{}".format(*self._listener.getsockname())
        self._process = Process(
            function.start_command.words(), self._variables(address), function.folder)
        self._selector.register(self._process.output, selectors.EVENT_READ)

    def _variables(self, address: str) -> dict[str, str]:
        return {
            **process_variables(self._function),
            "AWS_LAMBDA_RUNTIME_API": address,
            "AWS_ENDPOINT_URL": f"http://{address}",
        }

    # -- Environment ---------------------------------------------------------------------

    def load(self) -> None:
        """Wait until it asks for work. See ``Environment``."""
        try:
            self._until(lambda: self._waiting is not None or self._answer is not None,
                        lambda: INIT_DEADLINE)
        except TimedOut:
            raise self._not_loaded(f"does not ask for work within {INIT_DEADLINE:g} s") from None
        except OSError as error:
            raise self._not_loaded(f"cannot be started: {error}") from None
        except BaseException:
            self.end()
            raise
        if self._waiting is None:
            raise self._not_loaded(self._told())
        self.leave()

    def _not_loaded(self, reason: str) -> HandlerError:
        printed = self._process.take_output().strip()[-SHOWN:]
        self.end()
        return HandlerError(self._function.name, reason + (f"; it printed: {printed}"
                                                           if printed else ""))

    def _told(self) -> str:
        return _error(self._answer.body)[1] if self._answer and self._answer.error else "it ended"

    def invoke(self, event: Any, context: LambdaContext) -> Any:
        """Hand it an event and serve it until it has answered. See ``Environment``."""
        assert self._waiting is not None
        waiting, self._waiting, self._answer = self._waiting, None, None
        self._request_id = context.aws_request_id
        try:
            self.enter()
            waiting.reply(_next(event, context, self.clock_ahead))
            self._until(lambda: self._answer is not None and self._waiting is not None,
                        context.remaining)
        except BaseException:
            self.end()
            raise
        self.leave()
        return self._result()

    def _result(self) -> Any:
        answer = self._answer
        assert answer is not None
        if answer.error:
            kind, message = _error(answer.body)
            raise FunctionError(kind, message, f"{kind}: {message}")
        try:
            return parse_json(answer.body.decode("utf-8")) if answer.body else None
        except ValueError as error:
            raise FunctionError("Runtime.InvalidResponse", str(error), str(error)) from None

    def enter(self) -> None:
        """Let it go on."""
        self._process.thaw()

    def leave(self) -> None:
        """Freeze it."""
        self._process.freeze()

    def take_output(self) -> str:
        """What it printed since the last call."""
        return self._process.take_output()

    def end(self) -> None:
        """Kill it and give back its address."""
        if self.alive:
            self.alive = False
            idle = self.warm and self._waiting is not None
            archive = self._function.claim_archive() if idle else None
            if archive is not None and self._process.finish(FINISH_DEADLINE):
                archive.keep()
            self._process.end()
            for connection in self._connections:
                connection.close()
            self._selector.close()
            self._listener.close()

    # -- serving -------------------------------------------------------------------------

    def _until(self, done: Callable[[], bool], remaining: Callable[[], float]) -> None:
        """Serve it; only the time in which it makes us wait counts."""
        waited = 0.0
        while not done():
            if waited >= remaining():
                raise TimedOut
            started = time.perf_counter()
            ready = self._selector.select(min(TICK, remaining() - waited))
            waited += time.perf_counter() - started
            self._handle(ready)
            if not ready and self._process.exit_status() is not None:
                self._ended()
                return

    def _ended(self) -> None:
        """It has exited: an answer that it gave before still counts."""
        status = self._process.exit_status()
        self.end()
        if self._answer is None:
            self._answer = _Answer(json.dumps({
                "errorType": "Runtime.ExitError",
                "errorMessage": f"Runtime exited with {_exit(status or 0)}"}).encode(), error=True)

    def _handle(self, ready: list[tuple[selectors.SelectorKey, int]]) -> None:
        """Serve what has arrived: its AWS calls before what it tells the Runtime API."""
        found = {key.fileobj for key, _ in ready}
        if self._listener in found:
            self._accept()
            found |= {key.fileobj for key, _ in self._selector.select(0)}
        if self._process.output in found and not self._process.read_output():
            self._selector.unregister(self._process.output)
        arrived = [c for c in self._connections if c.socket in found]
        for connection in sorted(arrived, key=lambda c: c.runtime):
            if connection.open:
                descriptor = connection.socket
                connection.read()
                self._forget(connection, descriptor)

    def _accept(self) -> None:
        try:
            made, _ = self._listener.accept()
        except OSError:
            return
        self._connections.append(Connection(made, self._received))
        self._selector.register(made, selectors.EVENT_READ)

    def _forget(self, connection: Connection, descriptor: socket.socket) -> None:
        if not connection.open and connection in self._connections:
            self._connections.remove(connection)
            self._selector.unregister(descriptor)

    def _received(self, connection: Connection, request: RawRequest) -> None:
        if request.target.startswith(ROOT):
            connection.runtime = True
            self._runtime(connection, request, request.target.removeprefix(ROOT))
            return
        response = self._function.serve(request)
        if response is None:
            connection.close()
        else:
            connection.reply(response)

    def _runtime(self, connection: Connection, request: RawRequest, action: str) -> None:
        """The Runtime API: next, response, error and init/error."""
        current = f"invocation/{self._request_id}/"
        method, body = request.method, request.body
        if (method, action) == ("GET", "invocation/next"):
            self._waiting = connection
        elif (method, action) == ("POST", "init/error"):
            self._take(connection, body, error=True)
        elif (method, action) == ("POST", current + "response"):
            broken = request.header(BROKEN) is not None
            self._take(connection, body, error=broken)
        elif (method, action) == ("POST", current + "error"):
            self._take(connection, body, error=True)
        else:
            connection.reply(_refused(403, "InvalidRequestID", "no such invocation"))

    def _take(self, connection: Connection, body: bytes, *, error: bool) -> None:
        if len(body) > PAYLOAD_LIMIT:
            size = f"Response payload size exceeded maximum allowed payload size ({len(body)})"
            connection.reply(_refused(413, "RequestEntityTooLarge", size))
            body, error = _refusal("Function.ResponseSizeTooLarge", size), True
        else:
            connection.reply(ACCEPTED)
        self._answer = _Answer(body, error)


def process_variables(function: ProcessFunction) -> dict[str, str]:
    """The variables of a process, but for its address."""
    return {
        **function.environment,
        "LAMBDA_TASK_ROOT": str(function.folder),
        "LAMBDA_RUNTIME_DIR": str(function.folder),
        **function.start_command.variables,
    }


def _next(event: Any, context: LambdaContext, ahead: float) -> RawResponse:
    deadline = time.time() * 1000 + context.get_remaining_time_in_millis() + SLACK
    return RawResponse(200, (
        ("Content-Type", "application/json"),
        ("Lambda-Runtime-Aws-Request-Id", context.aws_request_id),
        ("Lambda-Runtime-Deadline-Ms", str(int(deadline))),
        ("Lambda-Runtime-Invoked-Function-Arn", context.invoked_function_arn),
        ("Lambda-Runtime-Trace-Id", context.trace()),
        *((AHEAD, str(int(ahead * 1000))) for _ in range(ahead > 0)),
    ), to_json(event).encode("utf-8"))


def _refusal(kind: str, message: str) -> bytes:
    return json.dumps({"errorMessage": message, "errorType": kind}).encode("utf-8")


def _refused(status: int, kind: str, message: str) -> RawResponse:
    return RawResponse(status, (("Content-Type", "application/json"),), _refusal(kind, message))


def _error(body: bytes) -> tuple[str, str]:
    """Type and text of an error document, whatever a runtime sends as one."""
    try:
        document = json.loads(body)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        return "Unhandled", body.decode("utf-8", "replace")[:SHOWN]
    trace = document.get("stackTrace") or document.get("trace") or []
    lines = trace if isinstance(trace, list) else []
    message = "\n".join([str(document.get("errorMessage", "")), *map(str, lines)])
    return str(document.get("errorType", "Unhandled")), message


def _exit(status: int) -> str:
    return f"signal {-status}" if status < 0 else f"exit status {status}"
