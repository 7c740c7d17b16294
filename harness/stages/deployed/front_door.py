"""The front door of a deployed stage: requests go out, responses come back, or none does.

A connection that could not be made carried nothing, so it is tried again, and when it still
cannot be made the stage is broken. Once a request is on its way, a time-out or a connection
that ends says nothing about what became of it: that is ``NO_ANSWER``.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Any, Protocol
from urllib.parse import urlsplit

import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    LocationParseError,
    MaxRetryError,
    NewConnectionError,
    ProxyError,
    SSLError,
)

from harness.core.clock import Clock, RealClock
from harness.core.errors import StageError
from harness.core.http import NO_ANSWER, Request, Response
from harness.functions.lambda_json import utf8
from harness.stages.deployed.redaction import without_secrets
from harness.stages.deployed.settings import Settings, secrets
from harness.stages.deployed.signing import Signer, signer

ATTEMPTS = 4
PAUSE = 0.5


class FrontDoor(Protocol):
    """Where requests are sent. Safe to use from several threads."""

    @property
    def address(self) -> str:
        """Where it is, for people; without any secret."""

    def send(self, request: Request) -> Response:
        """Send a request; ``NO_ANSWER`` if what became of it is unknown.

        Raises:
            StageError: it could not be sent at all.
        """

    def close(self) -> None:
        """End all connections."""


class HttpFrontDoor:
    """Real HTTP, through a pool of connections."""

    def __init__(self, settings: Settings, clock: Clock | None = None,
                 signing: Signer | None = None) -> None:
        self._settings, self._clock = settings, clock or RealClock()
        self._signer = signing or signer(settings.credentials)
        self._secrets = secrets(settings.credentials)
        self._pool = urllib3.PoolManager(
            num_pools=2, maxsize=settings.concurrency, retries=False,
            cert_reqs="CERT_REQUIRED",
            ca_certs=str(settings.ca_bundle) if settings.ca_bundle else None,
            timeout=urllib3.Timeout(
                connect=settings.connect_seconds, read=settings.request_seconds))

    @property
    def address(self) -> str:
        """See ``FrontDoor``."""
        return self._settings.base_url

    def send(self, request: Request) -> Response:
        """See ``FrontDoor``. Refused credentials are renewed once, where they can be."""
        response, used = self._signed(request)
        if response.status == 401 and self._signer.renew(used):
            response, _ = self._signed(request)
        return response

    def close(self) -> None:
        """See ``FrontDoor``."""
        self._pool.clear()

    def _signed(self, request: Request) -> tuple[Response, dict[str, str]]:
        url = self._settings.base_url + _without_dots(request.path)
        body = utf8(request.body or "")
        headers = urllib3.HTTPHeaderDict({"User-Agent": "cqrs-conformance"})
        for name, value in (*request.headers, *self._settings.credentials.headers):
            headers[name] = value
        used = self._signer.sign(request.method, url, dict(headers.items()), body)
        headers.update(used)
        return self._sent(request.method, url, headers, body), used

    def _sent(self, method: str, url: str, headers: Any, body: bytes) -> Response:
        for attempt in range(ATTEMPTS):
            try:
                return self._response(self._pool.request(
                    method, url, body=body or None, headers=headers, redirect=False))
            except (SSLError, ProxyError, LocationParseError) as error:
                raise self._unreachable(error) from None
            except (NewConnectionError, ConnectTimeoutError, MaxRetryError) as error:
                if attempt == ATTEMPTS - 1:
                    raise self._unreachable(error) from None
                self._clock.wait(PAUSE * 2**attempt)
            except (HTTPError, OSError):
                return NO_ANSWER
        raise AssertionError("the last attempt answers or raises")

    def _response(self, got: Any) -> Response:
        headers = tuple((name, self._clean(value)) for name, value in got.headers.items())
        try:
            text = got.data.decode("utf-8")
        except UnicodeDecodeError:
            text = got.data.decode("latin-1")
        return Response(got.status, headers, self._clean(text))

    def _clean(self, text: str) -> str:
        """A text without any secret that the other side repeats."""
        return without_secrets(text, (*self._secrets, *self._signer.secrets()))

    def _unreachable(self, error: Exception) -> StageError:
        host = urlsplit(self.address).netloc
        if isinstance(error, SSLError):
            remedy = ("see that --base-url names the host as its certificate does"
                      if "ostname mismatch" in str(error) or "address mismatch" in str(error)
                      else "give the certificate's authority by --ca-bundle")
            return StageError(f"the stage at {host}", f"TLS failed: {_told(error)}", remedy)
        return StageError(f"the stage at {host}", f"no connection: {_told(error)}",
                          "see that it runs and that --base-url is right")


def _told(error: Exception) -> str:
    """The last part of what urllib3 says: the operating system's own words."""
    return str(error).rsplit(": ", 1)[-1][:200]


def _without_dots(path: str) -> str:
    """The path with dot segments percent-encoded, or the client would resolve them itself."""
    parts, query, rest = path.partition("?")
    segments = (part.replace(".", "%2E") if part in (".", "..") else part
                for part in parts.split("/"))
    return "/".join(segments) + query + rest


class Permits:
    """A semaphore that serves in turn: who waits longest goes first, so that none falls behind."""

    def __init__(self, number: int) -> None:
        self._free, self._lock = number, threading.Lock()
        self._waiting: deque[threading.Lock] = deque()

    def __enter__(self) -> None:
        with self._lock:
            if self._free:
                self._free -= 1
                return
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
        turn.acquire()

    def __exit__(self, *_: object) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._free += 1


class LimitedFrontDoor:
    """A front door that lets a number of requests through at once, and so many a second."""

    def __init__(self, front: FrontDoor, clock: Clock, *, concurrency: int,
                 rate: float | None = None) -> None:
        self._front, self._clock = front, clock
        self._permits = Permits(concurrency)
        self._interval = 1 / rate if rate else 0.0
        self._lock = threading.Lock()
        self._next = clock.now()
        self.requests = 0

    @property
    def address(self) -> str:
        """See ``FrontDoor``."""
        return self._front.address

    def send(self, request: Request) -> Response:
        """See ``FrontDoor``."""
        with self._permits:
            self._clock.wait(self._turn())
            return self._front.send(request)

    def close(self) -> None:
        """See ``FrontDoor``."""
        self._front.close()

    def _turn(self) -> float:
        """Seconds until the next request may go out."""
        with self._lock:
            self.requests += 1
            now = self._clock.now()
            at = max(now, self._next)
            self._next = at + self._interval
            return at - now
