"""A process that calls AWS's own hosts reaches the harness through a tunnel, and nothing else."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException, HTTPResponse
from threading import Thread

import pytest

from harness.core.http import RawRequest, RawResponse
from harness.functions.processes.connections import Connection
from harness.functions.processes.tls import authority

HOST = "dynamodb.eu-west-1.amazonaws.com"
LARGE = b"x" * 300_000


class Client(HTTPConnection):
    """A client that has one end of a connection, whose other end the harness serves."""

    def __init__(self) -> None:
        super().__init__(HOST)
        self.requests: list[RawRequest] = []
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.sock = socket.create_connection(listener.getsockname(), timeout=20)
            server, _ = listener.accept()
        self._served = Connection(server, self._answer)
        self._thread = Thread(target=self._serve)
        self._thread.start()

    def _answer(self, connection: Connection, request: RawRequest) -> None:
        self.requests.append(request)
        connection.reply(RawResponse(200, (), request.body or b"{}"))

    def _serve(self) -> None:
        while self._served.open:
            self._served.read()

    def tunnel(self, host: str, trusted: bytes) -> None:
        """Ask for a tunnel, and speak TLS in it."""
        self.sock.sendall(f"CONNECT {host}:443 HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        answer = HTTPResponse(self.sock, method="CONNECT")
        answer.begin()
        if answer.status != 200:
            raise HTTPException(answer.status)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cadata=trusted)
        self.sock = context.wrap_socket(self.sock, server_hostname=host)

    def ask(self, body: bytes = b"") -> bytes:
        """The body of the answer to a request."""
        self.request("POST", "/", body)
        return self.getresponse().read()

    def end(self) -> None:
        """End both sides."""
        self.close()
        self._thread.join()


@pytest.fixture
def client() -> Iterator[Client]:
    """A client that has a connection."""
    made = Client()
    yield made
    made.end()


class TestTunnel:
    def test_request(self, client: Client) -> None:
        """A request in a tunnel reaches the harness with the host that it was meant for."""
        client.tunnel(HOST, authority().certificate())
        assert client.ask(b"in") == b"in"
        assert [(r.method, r.header("Host"), r.body) for r in client.requests] == [
            ("POST", HOST, b"in")]

    def test_several(self, client: Client) -> None:
        """A tunnel carries one request after the other, of any size."""
        client.tunnel(HOST, authority().certificate())
        assert [client.ask(body) for body in (b"1", LARGE, b"2")] == [b"1", LARGE, b"2"]

    def test_without_tunnel(self, client: Client) -> None:
        """A request without a tunnel is served as before."""
        assert client.ask() == b"{}"

    def test_another_host(self, client: Client) -> None:
        """A host that is not one of AWS's gets no tunnel."""
        with pytest.raises(HTTPException, match="403"):
            client.tunnel("amazonaws.com.example.org", authority().certificate())

    def test_no_trust(self, client: Client) -> None:
        """A client that does not trust the authority is let go, and nothing has been asked."""
        stranger = type(authority())().certificate()
        with pytest.raises(ssl.SSLError):
            client.tunnel(HOST, stranger)
        assert client.requests == []
