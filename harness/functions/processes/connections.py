"""HTTP/1.1 as a server, one request at a time on each connection; also as a proxy of AWS's hosts.

A client that asks for a tunnel to one of AWS's hosts speaks TLS with this server from then on.
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

    def __post_init__(self) -> None:
        self.socket.settimeout(SEND_DEADLINE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def read(self) -> None:
        """Read the bytes that have arrived."""
        try:
            received = self._plain(self.socket.recv(CHUNK))
            if received is not None:
                self._protocol.receive_data(received)
                self._events()
        except (OSError, h11.RemoteProtocolError):
            self.close()

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
        assert self._request is not None
        bodiless = self._request.method == b"HEAD"
        headers = [(name, value) for name, value in response.headers
                   if name.lower() not in ("transfer-encoding", "connection")
                   and (bodiless or name.lower() != "content-length")]
        if not bodiless:
            headers.append(("Content-Length", str(len(response.body))))
        try:
            self._send(h11.Response(status_code=response.status, headers=headers),
                       h11.Data(b"" if bodiless else response.body), h11.EndOfMessage())
        except OSError:
            self.close()
        else:
            self._next()

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


def _protocol() -> h11.Connection:
    return h11.Connection(h11.SERVER, max_incomplete_event_size=HEADERS_LIMIT)
