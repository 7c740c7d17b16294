"""An execution environment as a process, served by the thread that invokes it."""

from __future__ import annotations

import os
import selectors
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from harness.core.http import RawRequest, RawResponse
from harness.functions.invocation import HandlerError, LambdaContext, TimedOut
from harness.functions.processes import node_sdk, runtime_api
from harness.functions.processes.connections import Connection
from harness.functions.processes.own_files import OwnFiles
from harness.functions.processes.process import Process
from harness.functions.processes.runtime_api import Answer
from harness.functions.processes.start import StartCommand, StartupArchive

INIT_DEADLINE = 60.0
"""Seconds an environment may take to start. Lambda gives it 10 s, and then another try."""
FINISH_DEADLINE = 30.0
"""Seconds an environment may take to write its archive."""
TICK = 0.05
"""Seconds of waiting after which the deadline is checked."""
PRINTED_LIMIT = 600
"""Characters of printed text in the error of an environment that cannot be loaded."""

LEAST = 0.1
"""The part of a wait that counts in any case, so that every wait ends."""
SHORT = 1.0
"""Seconds; a wait that may take longer is rarely near its end within its first tick."""

Serve = Callable[[RawRequest], RawResponse | None]
"""Answers an AWS request; None breaks the connection instead."""


@dataclass
class ProcessFunction:
    """A function that runs as a process; ``folder`` is where it is unpacked.

    ``scratch``: a folder of the run, in which each environment gets its /tmp.
    From the second start on one environment is always being started ahead, because most of a cold
    start is waiting. Many functions of a large system start once.
    """

    name: str
    folder: Path
    start_command: StartCommand
    environment: Mapping[str, str]
    serve: Serve
    scratch: Path
    timeout: float = 3.0
    memory: int = 128
    _spare: ProcessEnvironment | None = None
    _living: list[ProcessEnvironment] = field(default_factory=list)
    _archived: bool = False
    _used: bool = False

    @property
    def starts_slowly(self) -> bool:
        """See ``Startable``."""
        return True

    @property
    def clock_can_be_set(self) -> bool:
        """See ``Startable``."""
        return self.start_command.clock_can_be_set

    def start(self) -> ProcessEnvironment:
        """A new environment, not loaded yet."""
        self._living = [made for made in self._living if made.alive]
        taken = self._spare or self._made()
        self._spare, self._used = self._made() if self._used else None, True
        return taken

    def _made(self) -> ProcessEnvironment:
        made = ProcessEnvironment(self)
        self._living.append(made)
        return made

    def claim_archive(self) -> StartupArchive | None:
        """The archive, for the first environment that ends idle after it has worked; then None."""
        first, self._archived = not self._archived, True
        return self.start_command.archive if first else None

    def close(self) -> None:
        """End every environment."""
        self._archived = True
        for made in self._living:
            made.end()


class ProcessEnvironment:
    """One process as an execution environment; see ``Environment``."""

    def __init__(self, function: ProcessFunction) -> None:
        self.warm, self.alive = False, True
        self._function = function
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._connections: list[Connection] = []
        self._waiting: Connection | None = None
        self._held: list[tuple[Connection, RawRequest]] = []
        self._request_id = ""
        self._context: LambdaContext | None = None
        self._answer: Answer | None = None
        host, port = self._listener.getsockname()
        self._files = OwnFiles(function.folder, function.scratch)
        variables = self._variables(f"{host}:{port}")
        words = function.start_command.words(port)
        named = [Path(part) for text in (*words, *variables.values())
                 for part in text.split(os.pathsep) if os.path.isabs(part)]
        self._process = Process(self._files.around(words, named), variables, function.folder)
        self._selector.register(self._process.output, selectors.EVENT_READ)

    def _variables(self, address: str) -> dict[str, str]:
        return {
            **variables_without_address(self._function),
            "AWS_LAMBDA_RUNTIME_API": address,
            "AWS_ENDPOINT_URL": f"http://{address}",
        }

    # -- Environment ---------------------------------------------------------------------

    def load(self) -> None:
        """Wait until the process asks for work. See ``Environment``."""
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
            raise self._not_loaded(self._init_error())
        self.leave()

    def _not_loaded(self, reason: str) -> HandlerError:
        printed = self._process.take_output().strip()[-PRINTED_LIMIT:]
        self.end()
        told = node_sdk.remedy(reason) + reason + (f"; it printed: {printed}" if printed else "")
        return HandlerError(self._function.name, told)

    def _init_error(self) -> str:
        return self._answer.described()[1] if self._answer and self._answer.error else "it ended"

    def invoke(self, event: Any, context: LambdaContext) -> Any:
        """Hand an event to the process and serve it until it answers. See ``Environment``."""
        assert self._waiting is not None
        waiting, self._waiting, self._answer = self._waiting, None, None
        self._request_id, self._context = context.aws_request_id, context
        try:
            self.enter()
            waiting.reply(runtime_api.invocation(event, context))
            self._serve_held()
            self._until(lambda: self._answer is not None and self._waiting is not None,
                        context.remaining)
        except BaseException:
            self.end()
            raise
        self.leave()
        assert self._answer is not None
        return self._answer.result()

    def enter(self) -> None:
        """Let the process go on."""
        self._process.thaw()

    def leave(self) -> None:
        """Freeze the process."""
        self._process.freeze()

    def take_output(self) -> str:
        """The text that the process printed since the last call."""
        return self._process.take_output()

    def end(self) -> None:
        """Kill the process and close its address."""
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
            self._files.remove()

    # -- serving -------------------------------------------------------------------------

    def _until(self, done: Callable[[], bool], remaining: Callable[[], float]) -> None:
        """Serve the process until ``done``; only time spent waiting for it counts.

        Where the machine is busy, the time in which the process has no processor does not count.
        The system is asked for it only where a wait lasts: asking takes longer than most waits.
        """
        waited = Waited(self._process.starved, asked=remaining() < SHORT)
        while not done():
            if waited.for_longer_than(remaining()):
                raise TimedOut
            started = time.perf_counter()
            ready = self._selector.select(min(TICK, remaining() - waited.seconds()))
            waited.add(min(time.perf_counter() - started, TICK))
            self._handle(ready)
            if not ready and self._process.exit_status() is not None:
                self._ended()
                return

    def _ended(self) -> None:
        """Note that the process has exited; an answer that it gave before still counts."""
        status = self._process.exit_status()
        self.end()
        if self._answer is None:
            self._answer = runtime_api.error_answer(
                "Runtime.ExitError", f"Runtime exited with {_exit(status or 0)}")

    def _handle(self, ready: list[tuple[selectors.SelectorKey, int]]) -> None:
        """Serve the requests that have arrived: AWS calls before calls of the Runtime API."""
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
        if request.target.startswith(runtime_api.ROOT):
            connection.runtime = True
            self._runtime(connection, request)
        elif self._answer is not None:
            self._held.append((connection, request))
        else:
            self._serve(connection, request)

    def _serve_held(self) -> None:
        """Serve the calls that came after the last answer: Lambda freezes what nobody awaits."""
        held, self._held = self._held, []
        for connection, request in held:
            if connection.open:
                self._serve(connection, request)

    def _serve(self, connection: Connection, request: RawRequest) -> None:
        response = self._function.serve(request)
        if response is None:
            connection.close()
        else:
            connection.reply(self._with_time(response))

    def _with_time(self, response: RawResponse) -> RawResponse:
        """The response to a call, with the time for a runtime that reads it."""
        if self._context is None or not self._function.clock_can_be_set:
            return response
        told = runtime_api.time_headers(self._context)
        return replace(response, headers=(*response.headers, *told))

    def _runtime(self, connection: Connection, request: RawRequest) -> None:
        if (request.method, request.target.removeprefix(runtime_api.ROOT)) == runtime_api.NEXT:
            self._waiting = connection
            return
        answer, response = runtime_api.read_answer(request, self._request_id)
        if answer is not None and request.header(runtime_api.THEN_NEXT) is not None:
            self._waiting = connection
        else:
            connection.reply(response)
        self._answer = answer or self._answer


def variables_without_address(function: ProcessFunction) -> dict[str, str]:
    """The variables of a process, except for its address."""
    return {
        **function.environment,
        "LAMBDA_TASK_ROOT": str(function.folder),
        "LAMBDA_RUNTIME_DIR": str(function.folder),
        **function.start_command.variables,
    }


def _exit(status: int) -> str:
    return f"signal {-status}" if status < 0 else f"exit status {status}"


class Waited:
    """The time spent waiting for a process; ``starved`` asks how long it has had no processor.

    ``asked``: from the beginning, instead of after a tick.
    """

    def __init__(self, starved: Callable[[], float], *, asked: bool) -> None:
        self._ask, self._gross, self._starved = starved, 0.0, 0.0
        self._before: float | None = starved() if asked else None

    def add(self, seconds: float) -> None:
        """Wait for some more seconds."""
        self._gross += seconds
        if self._before is None and self._gross > TICK:
            self._before = self._ask()

    def seconds(self) -> float:
        """The seconds that count, as far as they are known."""
        return counted(self._gross, self._starved)

    def for_longer_than(self, seconds: float) -> bool:
        """Tell if so many seconds count."""
        if self.seconds() >= seconds and self._before is not None:
            self._starved = self._ask() - self._before
        return self.seconds() >= seconds


def counted(waited: float, starved: float) -> float:
    """The seconds of waiting for a process that count: those in which it could run."""
    return max(waited - max(starved, 0.0), waited * LEAST)
