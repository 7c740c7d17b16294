"""The embedded stage behind real HTTP on loopback: to try by hand, and to test other stages.

Connections are taken by threads, but the stage is used by one of them, which called ``run``. It
handles what waits: a request alone, or several at once, with their AWS calls interleaved at random,
as they would be where each has an environment of its own. What they published is delivered right
after their replies, before the next requests are handled: a client that waits for a reply sees
its own writes. ``latency`` passes before a request is handled, for any number of requests at once.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, SimpleQueue
from typing import Any, cast

from harness.core.errors import StageError
from harness.core.history import Invoked
from harness.core.http import Request, Response
from harness.core.stage import Stage
from harness.functions.lambda_json import utf8

LONGEST_BODY = 11 * 1024 * 1024
"""Bytes that are read of a body; API Gateway takes 10 MB ("Quotas ... REST API")."""
IDLE_SECONDS = 60.0
AT_ONCE = 8
"""Requests that are handled at once at most; the others wait."""
TOGETHER = 0.003
"""Seconds after one request in which another still comes at the same time."""
CALLS = 100
"""AWS calls of requests at once before which another of them may go on; later ones follow on."""
SWITCHES = 0.5
"""How likely it is that another one does."""
HOP_BY_HOP = frozenset({"connection", "content-length", "keep-alive", "transfer-encoding",
                        "upgrade", "date", "server"})
"""Headers that are this server's own to send (RFC 9110, section 7.6.1)."""
BODILESS = (204, 304)
JSON = (("Content-Type", "application/json"),)

Log = Callable[[Request, Response, str], None]
"""Takes a request, its response, and what functions have printed meanwhile."""
ENDING = Response(503, JSON, '{"message":"Service Unavailable"}')


@dataclass(eq=False, slots=True)
class _Job:
    """A request that waits for its turn, and then its response."""

    request: Request
    done: threading.Event = field(default_factory=threading.Event)
    response: Response = ENDING


class Server:
    """Serves a stage that is open; ``url`` is where, from the start."""

    def __init__(self, stage: Stage, port: int = 0, *, latency: float = 0.0,
                 log: Log = lambda request, response, printed: None) -> None:
        self._stage, self._log = stage, log
        self.latency = latency
        self.ending = threading.Event()
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._random = random.Random(0)
        self._listener = _Listener(("127.0.0.1", port), self)
        self.url = f"http://127.0.0.1:{self._listener.server_address[1]}"
        threading.Thread(target=self._listener.serve_forever, args=(0.05,), daemon=True).start()

    def run(self) -> None:
        """Handle requests until ``stop``; what is under way is still answered."""
        self._stage.start(fresh=True, always_cold=False)
        ending = False
        while not ending:
            found = self._waiting()
            ending = None in found
            jobs = [job for job in found if job is not None]
            if jobs:
                self._handle(jobs)
                self._deliver()
                self._tell(jobs)
        self.close()

    def stop(self) -> None:
        """Have ``run`` come back. May be called from anywhere, also by a signal's handler."""
        self._jobs.put(None)

    def close(self) -> None:
        """Take no more requests; those that wait are told so."""
        self.ending.set()
        self._listener.shutdown()
        self._listener.server_close()
        while not self._jobs.empty():
            job = self._jobs.get()
            if job is not None:
                job.done.set()

    def handle(self, request: Request) -> Response:
        """The response to a request, when its turn has come."""
        self.ending.wait(self.latency)
        job = _Job(request)
        if not self.ending.is_set():
            self._jobs.put(job)
            while not job.done.wait(1.0) and not self.ending.is_set():
                pass
        return job.response

    def _waiting(self) -> list[_Job | None]:
        """The requests that come at about the same time, at least one, or that it is to end."""
        found = [self._jobs.get()]
        with suppress(Empty):
            while found[-1] is not None and len(found) < AT_ONCE:
                found.append(self._jobs.get(timeout=TOGETHER))
        return found

    def _handle(self, jobs: list[_Job]) -> None:
        if len(jobs) > 1:
            switches = [n for n in range(CALLS) if self._random.random() < SWITCHES]
            with suppress(StageError):
                self._stage.concurrently([partial(self._answer, job) for job in jobs], switches)
        else:
            for job in jobs:
                self._answer(job)
        for job in jobs:
            job.done.set()

    def _answer(self, job: _Job) -> None:
        try:
            job.response = self._stage.send(job.request)
        except (StageError, ValueError, RecursionError):
            job.response = Response(500, JSON, '{"message":"Internal Server Error"}')
        job.done.set()

    def _deliver(self) -> None:
        with suppress(StageError):
            self._stage.settle(final=False)

    def _tell(self, jobs: list[_Job]) -> None:
        """Log the requests, and what functions have printed since the ones before."""
        records = self._stage.records
        printed = "".join(r.output for r in records if isinstance(r, Invoked))
        records.clear()
        for job in jobs:
            self._log(job.request, job.response, printed if job is jobs[-1] else "")


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, address: tuple[str, int], server: Server) -> None:
        self.owner = server
        super().__init__(address, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that ends early is its client's business."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "cqrs-conformance", ""
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = IDLE_SECONDS

    def _any(self) -> None:
        refusal = self._unreadable()
        if refusal is not None:
            self.close_connection = True
            self._reply(refusal)
            return
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if len(body) < length:  # the client left before it had sent everything
            self.close_connection = True
            return
        text = body.decode("utf-8", "replace") if body else None
        request = Request(self.command, self.path, tuple(self.headers.items()), text)
        self._reply(cast(_Listener, self.server).owner.handle(request))

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _any

    def _unreadable(self) -> Response | None:
        length = self.headers.get("Content-Length") or "0"
        if self.headers.get("Transfer-Encoding"):
            return Response(411, JSON, '{"message":"Length Required"}')
        if not (length.isascii() and length.isdecimal()):
            return Response(400, JSON, '{"message":"Bad Request"}')
        if int(length[:20]) > LONGEST_BODY:
            return Response(413, JSON, '{"message":"Request Too Long"}')
        return None

    def _reply(self, response: Response) -> None:
        body = b"" if response.status in BODILESS else utf8(response.body)
        self.send_response(response.status if response.status >= 200 else 502)
        for name, value in response.headers:
            if name.lower() not in HOP_BY_HOP and _sendable(name) and _sendable(value):
                self.send_header(name, value)
        if response.status not in BODILESS:
            self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else body)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: only reports print."""


def _sendable(text: str) -> bool:
    """Tell if a header may hold it: no controls, nothing that Latin-1 does not know."""
    return all(" " <= character <= "\xff" and character != "\x7f" for character in text)
