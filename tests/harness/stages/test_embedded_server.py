"""The embedded stage behind HTTP, and judging it from outside."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
import urllib3

from harness.core.bus_entry import BusEntry
from harness.core.errors import StageError
from harness.core.http import Request, Response
from harness.entry import cli
from harness.stages.embedded.server import Server
from scenarios.domains.orders import CONTRACT
from tests.harness.entry.test_cli import COMMAND, misnaming, run
from tests.harness.histories import CREATED, VIEW
from tests.miniatures.building import build
from tests.miniatures.disturbed import DISTURBED

HTTP = urllib3.PoolManager(retries=False)
BY_HTTP = [r.id for r in CONTRACT.requirements if r.needs == ("http",)]


@contextmanager
def serving(*arguments: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The command, once it has said where it is."""
    with subprocess.Popen([*COMMAND, "serve", *arguments], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip(), process
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def reference() -> Iterator[str]:
    """The URL of the reference implementation."""
    with serving() as (url, _):
        yield url


def judge(url: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Judge what is at a URL."""
    command = [*COMMAND, "run", "--stage", "http", "--base-url", url, "--seed", "7", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300,
                          env={**os.environ, **environment})


class TestCommand:
    def test_answers(self, reference: str) -> None:
        """A client's command reaches the functions, and the view before its next request."""
        sent = HTTP.request("POST", f"{reference}/orders", json=CREATED)
        shown = HTTP.request("GET", f"{reference}/orders/a")
        assert (sent.status, shown.status, shown.json()) == (200, 200, VIEW)

    @pytest.mark.parametrize(("method", "path", "status"), [
        ("GET", "/nowhere", 403), ("DELETE", "/orders/a", 403), ("PATCH", "/", 403)])
    def test_no_route(self, reference: str, method: str, path: str, status: int) -> None:
        """Where the template has no route, API Gateway says what it says."""
        assert HTTP.request(method, reference + path).status == status

    def test_ends(self) -> None:
        """Ctrl-C ends it, and nobody listens any more."""
        with serving() as (url, process):
            process.send_signal(signal.SIGINT)
            _, error = process.communicate(timeout=30)
            assert (process.returncode, error) == (0, "")
        with pytest.raises(urllib3.exceptions.NewConnectionError):
            HTTP.request("GET", url)

    @pytest.mark.parametrize(("arguments", "message"), [
        (("--template", "nowhere.yaml"), "no such file"),
        (("--contract", "nope"), "there is none; known: "),
        (("--port", "70000"), "--port: 70000: expected 0 to 65535"),
        (("--port", "x"), "--port: x: expected 0 to 65535"),
        (("--latency-ms", "x"), "--latency-ms: x: expected 0 to 60000"),
        (("--latency-ms", "-1"), "--latency-ms: -1: expected 0 to 60000"),
    ])
    def test_mistakes(
        self, arguments: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """A user's mistake ends with 2 and one sentence."""
        try:
            code: object = cli.main(["serve", *arguments])
        except SystemExit as ended:
            code = ended.code
        assert (code, message in capsys.readouterr().err) == (2, True)


class Slow:
    """The stage of a server; the request decides the result."""

    def __init__(self) -> None:
        self.records: list[object] = []
        self.events: list[str] = []
        self.go_on = threading.Event()

    def start(self, **_: bool) -> str:
        return ""

    def publish(self, entry: BusEntry) -> int:
        return 0

    def settle(self, **_: bool) -> tuple[int, int]:
        self.events.append("delivered")
        return 0, 0

    def concurrently(self, branches: Sequence[Callable[[], None]], schedule: object) -> None:
        self.events.append(f"{len(branches)} at once")
        for branch in branches:
            branch()

    def send(self, request: Request) -> Response:
        self.events.append("handled")
        if request.body == "wait":
            self.go_on.wait(10)
        if request.body == "break":
            raise StageError("the stage", "broke")
        return Response(299, (("X-Bad", "a\nb"), ("Connection", "close")), request.body or "")


@contextmanager
def served(**more: float) -> Iterator[tuple[str, Slow]]:
    """A server in this process."""
    stage = Slow()
    server = Server(stage, **more)  # type: ignore[arg-type]  # all that a server needs of a stage
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield server.url, stage
    finally:
        server.stop()
        thread.join()


def raw(url: str, data: bytes) -> bytes:
    """The server's answer to some bytes."""
    port = int(url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        return connection.makefile("rb").read()


class TestServer:
    @pytest.mark.parametrize(("data", "answer"), [
        (b"nonsense\r\n\r\n", b"Error code: 400"),
        (b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n", b"400 Bad Request"),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"400 Bad Request"),
        (b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", b"413 "),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"411 Length Req"),
        (b"POST / HTTP/1.1\r\nContent-Length: 50\r\n\r\nshort", b""),
        (b"FLY / HTTP/1.1\r\n\r\n", b"501 "),
        (b"", b""),
    ])
    def test_bad_requests(self, data: bytes, answer: bytes) -> None:
        """Bytes that are no request get an error at most; the next request is answered."""
        with served() as (url, _):
            assert answer in raw(url, data)
            assert HTTP.request("POST", url, body=b"\xff").status == 299

    def test_a_broken_stage(self) -> None:
        """An error of the stage is a server error."""
        with served() as (url, _):
            assert (HTTP.request("POST", url, body="break").status,
                    HTTP.request("POST", url).status) == (500, 299)

    def test_in_turn(self) -> None:
        """Whatever a request publishes is delivered before the next one is handled."""
        with served() as (url, stage):
            for _ in range(3):
                HTTP.request("POST", url)
            HTTP.request("GET", url)
        assert stage.events == ["handled", "delivered"] * 4

    def test_at_once(self) -> None:
        """Requests that wait are handled at once, and what they publish is delivered after all."""
        with served() as (url, stage):
            bodies = ("wait", "1", "2")
            threads = [threading.Thread(target=HTTP.request, args=("POST", url),
                                        kwargs={"body": body}) for body in bodies]
            threads[0].start()
            while not stage.events:
                time.sleep(0.01)
            for thread in threads[1:]:
                thread.start()
            time.sleep(0.3)
            stage.go_on.set()
            for thread in threads:
                thread.join()
        assert stage.events == [
            "handled", "delivered", "2 at once", "handled", "handled", "delivered"]

    def test_latency(self) -> None:
        """Latency passes for all requests at once, for each in full."""
        with served(latency=0.2) as (url, _):
            threads = [threading.Thread(target=HTTP.request, args=("GET", url)) for _ in range(10)]
            started = time.monotonic()
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert 0.2 <= time.monotonic() - started < 1.0

    def test_headers(self) -> None:
        """Headers that would break the message are left out."""
        with served() as (url, _):
            assert "X-Bad" not in HTTP.request("GET", url).headers


class TestJudging:
    def test_reference(self, reference: str, tmp_path: Path) -> None:
        """The reference implementation passes from outside; the rest says what it needs."""
        path = tmp_path / "report.json"
        done = judge(reference, "--requirement", "API-07", "CMD-04", "QRY-03", "PRJ-02",
                     "--report-json", str(path))
        report = json.loads(path.read_text("utf-8"))
        assert (done.returncode, done.stderr, report["base_url"], report["template"]) == (
            0, "", reference, None)
        assert [(v["outcome"], v["reason"][:9]) for v in report["requirements"]][1:3] == [
            ("passed", ""), ("skipped", "needs bus")]

    @pytest.mark.slow
    def test_reference_whole(self, reference: str) -> None:
        """So do all requirements that need nothing but the door."""
        done = judge(reference)
        assert (done.returncode, f"{len(BY_HTTP)} passed" in done.stdout) == (0, True)

    def test_broken(self, tmp_path: Path) -> None:
        """A violation is found, shrunk on the embedded stage, and confirmed on this one."""
        template = misnaming(tmp_path)
        with serving("--template", template) as (url, _):
            done = judge(url, "--requirement", "API-02", "--template", template,
                         "--settle-seconds", "2", "--header", "X-Team: tomato-soup",
                         CQRS_API_KEY="sesame-open")
        assert (done.returncode, "Traceback" in done.stdout + done.stderr) == (1, False)
        assert "Played again: seen 5 of 5 times on http, 1 of 1 times on moto" in done.stdout
        assert "soup" not in done.stdout + done.stderr
        assert "sesame" not in done.stdout + done.stderr

    def test_nobody_there(self) -> None:
        """Where nobody answers there is no verdict, and a remedy."""
        done = judge("http://127.0.0.1:9", "--requirement", "API-03")
        assert (done.returncode, "see that it runs and that --base-url is right" in done.stdout,
                "Traceback" in done.stdout + done.stderr) == (3, True, False)

    def test_no_such_route(self, reference: str) -> None:
        """Where the contract's route does not exist there is no verdict, and never a failure."""
        done = judge(reference, "--contract", "accounts", "--requirement", "API-03")
        assert (done.returncode, "contract accounts: 1 errored" in done.stdout,
                "or has no such route: GET /accounts/... gives 403" in done.stdout) == (
            3, True, True), done.stdout + done.stderr

    @pytest.mark.parametrize(("arguments", "message"), [
        (("--base-url", "http://127.0.0.1:9"), "--base-url: belongs to --stage http"),
        (("--stage", "http", "--base-url", "http://x", "--", "-n", "2"), "give --concurrency"),
        (("--stack-name", "x"), "--stack-name: belongs to --stage aws"),
        (("--stage", "http", "--base-url", "http://x", "--deploy"), "--deploy: belongs to"),
        (("--functions", "hosted"), "belongs to --stage localstack or aws"),
    ])
    def test_mistakes(self, arguments: tuple[str, ...], message: str) -> None:
        """A user's mistake ends with 2 and one sentence."""
        ended = run(*arguments)
        assert (ended.code, ended.clean, ended.error.count(message)) == (2, True, 1)

    @pytest.mark.slow  # and a matter of luck: nobody says who goes first
    def test_races(self, tmp_path: Path) -> None:
        """Commands that lose one another when they overlap are found from outside."""
        miniature = next(m for m in DISTURBED if m.name == "puts_without_condition")
        template = str(build(miniature, tmp_path / "broken"))
        with serving("--template", template) as (url, _):
            done = judge(url, "--requirement", "CMD-04", "--settle-seconds", "2", "--replays", "2")
        assert (done.returncode, "violated: CMD-04" in done.stdout) == (1, True)

    def test_interrupted(self, reference: str) -> None:
        """Ctrl-C ends a run at once, whatever is under way."""
        command = [*COMMAND, "run", "--stage", "http", "--base-url", reference]
        with subprocess.Popen(command, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, start_new_session=True) as process:
            assert process.stdout is not None
            process.stdout.readline()
            process.send_signal(signal.SIGINT)
            started = time.monotonic()
            rest = process.stdout.read()
        assert (process.returncode, "Traceback" in rest, time.monotonic() - started < 10) == (
            3, False, True)


