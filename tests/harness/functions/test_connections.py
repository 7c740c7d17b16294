"""Requests of processes: one that says nothing unusual is read at once, h11 reads all others."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from harness.core.http import RawRequest, RawResponse
from harness.functions.processes.connections import Connection, plain_request

PLAIN = (b"POST /a?b HTTP/1.1\r\nHost: x\r\nName:  a value \r\nContent-Length: 2\r\n"
         b"Connection: keep-alive\r\n\r\nhi")
UNUSUAL = {
    "not whole": PLAIN[:-1],
    "more than one": PLAIN + PLAIN,
    "chunked": b"PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "waits for a 100": b"PUT / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\r\n",
    "closes": b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\nName: x\r\n\r\n",
    "a tunnel": b"CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n",
    "twice": b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
    "folded": b"GET / HTTP/1.1\r\nHost: x\r\nName: x\r\n y\r\n\r\n",
    "old": b"GET / HTTP/1.0\r\nHost: x\r\n\r\n",
}


class TestPlain:
    def test_read(self) -> None:
        """It is read as h11 reads it: names in lower case, values without spaces around."""
        assert plain_request(PLAIN) == RawRequest("POST", "/a?b", (
            ("host", "x"), ("name", "a value"), ("content-length", "2"),
            ("connection", "keep-alive")), b"hi")

    @pytest.mark.parametrize("received", UNUSUAL.values(), ids=UNUSUAL)
    def test_left_to_h11(self, received: bytes) -> None:
        """Anything else is not read here."""
        assert plain_request(received) is None


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, Connection]]:
    """A client's end, and a connection that answers each request with its body."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        server = listener.accept()[0]
    connection = Connection(server, lambda made, request: made.reply(
        RawResponse(200, (("X-Name", "y"),), request.body)))
    yield client, connection
    connection.close()
    client.close()


class TestAnswered:
    def test_in_turn(self, ends: tuple[socket.socket, Connection]) -> None:
        """Plain requests and others come in any order on one connection, in parts or together."""
        client, connection = ends
        answer = b"HTTP/1.1 200 \r\nX-Name: y\r\nContent-Length: 2\r\n\r\nhi"
        for parts in ([PLAIN], [PLAIN[:9], PLAIN[9:]], [PLAIN], [PLAIN + PLAIN], [PLAIN]):
            for part in parts:
                client.sendall(part)
                connection.read()
            expected = answer * b"".join(parts).count(b"POST")
            assert client.recv(9999) == expected

    def test_head(self, ends: tuple[socket.socket, Connection]) -> None:
        """The response to HEAD has no body, and no length but the one that was given."""
        client, connection = ends
        client.sendall(b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n")
        connection.read()
        assert client.recv(9999) == b"HTTP/1.1 200 \r\nX-Name: y\r\n\r\n"
