"""The command ``serve``: its routes, a line to try, and a port that is taken."""

from __future__ import annotations

import socket

import pytest

from harness.core.errors import UserMistake
from harness.core.http import Request, Response
from harness.entry.serve import _example, _log, _server
from scenarios.domains.orders import CONTRACT


def test_port_taken() -> None:
    """A port that another program has is said to be taken."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UserMistake, match=f"--port {port}: another program listens there"):
            _server(None, port, 0.0)  # type: ignore[arg-type]  # the stage is not asked


def test_line_to_try() -> None:
    """A line for a shell sends a first command, where the contract's own route is."""
    (line,) = _example("http://h", CONTRACT, [("POST", "/orders"), ("GET", "/orders/{id}")])
    assert line.startswith("Try: curl -i http://h/orders -H 'Content-Type: application/json' -d '{")
    assert list(_example("http://h", CONTRACT, [("PUT", "/x")])) == []


def test_log(capsys: pytest.CaptureFixture[str]) -> None:
    """A request is logged with its status, and below it the lines that functions printed."""
    _log(Request("POST", "/orders"), Response(201), "one\ntwo\n")
    assert capsys.readouterr().err == "POST /orders -> 201\n  one\n  two\n"
