"""HTTP/1.1 as a server, one request at a time on each connection; also as a proxy of AWS's hosts.

A client that asks for a tunnel to one of AWS's hosts speaks TLS with this server from then on.
A request that has arrived whole and says nothing unusual is read at once (``plain_request``), which
takes a tenth of the time; h11 reads all others.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from dataclasses import dataclass, field

import h11

from harness.core.http import RawRequest, RawResponse
from harness.functions.processes.tls import Tls, context_of

CHUNK = 256 * 1024
HEADERS_LIMIT = 2 * 1024 * 1024
"""Bytes; a runtime may send an error in one header line of up to 1 MiB."""
AWS_HOST = re.compile(r"(?P<host>[A-Za-z0-9.-]+\.(?:amazonaws\.com|amazonaws\.com\.cn|api\.aws))"
                      r":443")
TUNNEL = b"HTTP/1.1 200 Connection established\r\n\r\n"
NO_TUNNEL = RawResponse(403, (("Content-Type", "text/plain"),),
                        b"Functions reach AWS's services only.")
REQUEST_LINE = re.compile(rb"(DELETE|GET|HEAD|PATCH|POST|PUT) ([!-~]+) HTTP/1\.1")
HEADER_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\x00\n\v\f\r]*?)[ \t]*")
UNUSUAL = frozenset({"transfer-encoding", "expect", "upgrade"})
KEPT_OPEN = "keep-alive"
SEND_DEADLINE = 30.0
"""Seconds after which a process that does not read its response counts as gone."""


@dataclass(eq=False)
class Connection:
    """One connection of a client; ``received`` is called with every complete request."""

    socket: socket.socket
    received: Callable[[Connection, RawRequest], None]
    runtime: bool = False
    open: bool = True
    _protocol: h11.Connection = field(default_factory=lambda: _protocol())
    _tls: Tls | None = None
    _request: h11.Request | None = None
    _body: list[bytes] = field(default_factory=list)
    _is_plain: bool = False
    _method: str = ""

    def __post_init__(self) -> None:
        self.socket.settimeout(SEND_DEADLINE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def read(self) -> None:
        """Read the bytes that have arrived."""
        try:
            received = self._plain(self.socket.recv(CHUNK))
            if received is None:
                return
            found = plain_request(received) if self._is_between_requests() else None
            if found is not None:
                self._is_plain, self._method = True, found.method
                self.received(self, found)
            else:
                self._protocol.receive_data(received)
                self._events()
        except (OSError, h11.RemoteProtocolError):
            self.close()

    def _is_between_requests(self) -> bool:
        return (not self._is_plain and self._protocol.their_state is h11.IDLE
                and not self._protocol.trailing_data[0])

    def _plain(self, received: bytes) -> bytes | None:
        if self._tls is None:
            return received
        plain = self._tls.decrypted(received)
        self.socket.sendall(self._tls.encrypted())
        return plain

    def _events(self) -> None:
        while self.open:
            event = self._protocol.next_event()
            if isinstance(event, h11.Request):
                self._request, self._body = event, []
                self._method = event.method.decode("ascii")
            elif isinstance(event, h11.Data):
                self._body.append(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage):
                self._complete(self._whole(event))
            elif isinstance(event, h11.ConnectionClosed):
                self.close()
            else:
                self._send_continue_if_expected()
                return

    def _send_continue_if_expected(self) -> None:
        if self._protocol.they_are_waiting_for_100_continue:
            self._send(h11.InformationalResponse(status_code=100, headers=[]))

    def _complete(self, request: RawRequest) -> None:
        host = AWS_HOST.fullmatch(request.target)
        if request.method != "CONNECT":
            self.received(self, request)
        elif host is None:
            self.reply(NO_TUNNEL)
        else:
            self.socket.sendall(TUNNEL)
            self._tls, self._protocol = Tls(context_of(host["host"].lower())), _protocol()

    def _whole(self, end: h11.EndOfMessage) -> RawRequest:
        assert self._request is not None
        headers = tuple((name.decode("ascii"), value.decode("latin-1"))
                        for name, value in [*self._request.headers, *end.headers])
        return RawRequest(self._request.method.decode("ascii"),
                          self._request.target.decode("ascii"), headers, b"".join(self._body))

    def reply(self, response: RawResponse) -> None:
        """Answer the last request."""
        bodiless = self._method == "HEAD"
        headers = [(name, value) for name, value in response.headers
                   if name.lower() not in ("transfer-encoding", "connection")
                   and (bodiless or name.lower() != "content-length")]
        if not bodiless:
            headers.append(("Content-Length", str(len(response.body))))
        if self._is_plain:
            self._reply_plainly(response.status, headers, b"" if bodiless else response.body)
            return
        try:
            self._send(h11.Response(status_code=response.status, headers=headers),
                       h11.Data(b"" if bodiless else response.body), h11.EndOfMessage())
        except OSError:
            self.close()
        else:
            self._next()

    def _reply_plainly(
        self, status: int, headers: list[tuple[str, str]], body: bytes
    ) -> None:
        self._is_plain = False
        lines = (f"HTTP/1.1 {status} ", *(f"{name}: {value}" for name, value in headers), "", "")
        sent = "\r\n".join(lines).encode("latin-1") + body
        try:
            self.socket.sendall(self._tls.encrypted(sent) if self._tls else sent)
        except OSError:
            self.close()

    def _send(self, *events: h11.Event) -> None:
        sent = b"".join(self._protocol.send(event) or b"" for event in events)
        self.socket.sendall(self._tls.encrypted(sent) if self._tls else sent)

    def _next(self) -> None:
        if self._protocol.our_state is h11.MUST_CLOSE:
            self.close()
        else:
            self._protocol.start_next_cycle()

    def close(self) -> None:
        """Close the connection at once."""
        self.open = False
        self.socket.close()


def plain_request(received: bytes) -> RawRequest | None:
    """The request, if these bytes are exactly one that needs no more than reading it."""
    head, end, body = received.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    request = REQUEST_LINE.fullmatch(first)
    found = [HEADER_LINE.fullmatch(line) for line in lines]
    if not end or request is None or None in found:
        return None
    headers = [(each[1].decode("ascii").lower(), each[2].decode("latin-1"))
               for each in found if each]
    told = dict(headers)
    usual = (not UNUSUAL.intersection(told) and "host" in told and len(told) == len(headers)
             and told.get("connection", KEPT_OPEN).lower() == KEPT_OPEN)
    if not usual or told.get("content-length", "0") != str(len(body)):
        return None
    return RawRequest(request[1].decode("ascii"), request[2].decode("ascii"), tuple(headers), body)


def _protocol() -> h11.Connection:
    return h11.Connection(h11.SERVER, max_incomplete_event_size=HEADERS_LIMIT)
