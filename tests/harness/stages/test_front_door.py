"""The front door over real HTTP on loopback: what comes back, what never does, what is kept."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from harness.core.bus_entry import BusEntry
from harness.core.clock import FakeClock, RealClock
from harness.core.errors import StageError
from harness.core.http import NO_ANSWER, Request, Response
from harness.stages.deployed.front_door import HttpFrontDoor, LimitedFrontDoor, Permits
from harness.stages.deployed.settings import Credentials, Settings, SettingsError, read, shown
from harness.stages.deployed.signing import Bearer
from harness.stages.embedded.server import Server
from harness.stages.options import StageOptions, from_given

GET = Request("GET", "/orders/a")
JSON = (("Content-Type", "application/json"),)
OPTIONS: dict[str, Any] = {
    "base_url": "http://127.0.0.1:1", "header": [], "api_key": None, "sigv4": None, "region": None,
    "bearer_command": None, "ca_bundle": None, "rate": None, "concurrency": 16,
    "request_seconds": 35.0, "settle_seconds": 30.0, "replays": 5,
}


class Answering:
    """The stage of a server: an answer for each request."""

    def __init__(self, answer: Callable[[Request], Response]) -> None:
        self.records: list[Any] = []
        self.requests: list[Request] = []
        self._answer = answer

    def start(self, **_: bool) -> str:
        return ""

    def settle(self, **_: bool) -> tuple[int, int]:
        return 0, 0

    def publish(self, entry: BusEntry) -> int:
        return 0

    def send(self, request: Request) -> Response:
        self.requests.append(request)
        return self._answer(request)


@contextmanager
def served(answer: Callable[[Request], Response]) -> Iterator[tuple[str, list[Request]]]:
    """A server that answers so; gives its URL and what it was sent."""
    stage = Answering(answer)
    server = Server(stage)  # type: ignore[arg-type]  # all that a server needs of a stage
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield server.url, stage.requests
    finally:
        server.stop()
        thread.join()


@contextmanager
def listening(handle: Callable[[socket.socket], None]) -> Iterator[str]:
    """A socket whose connections are handled so; gives its URL.

    Its thread has ended before the socket is closed: an ``accept`` that comes late would be one on
    whichever socket has the number by then, and take another test's connection.
    """
    ending = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def run() -> None:
            while not ending.is_set():
                connection, _ = listener.accept()
                with connection, suppress(OSError):
                    handle(connection)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            ending.set()
            socket.create_connection(listener.getsockname()).close()
            thread.join()


def sent(url: str, request: Request = GET, **more: Any) -> Response:
    """The response to a request."""
    with closing(HttpFrontDoor(Settings(url, **more), FakeClock())) as front:
        return front.send(request)


def echo(request: Request) -> Response:
    """Says what it was sent."""
    headers = " ".join(f"{name}={value}" for name, value in request.headers)
    return Response(200, JSON, f"{request.method} {request.path} {headers} {request.body}")


class TestResponses:
    def test_comes_back_as_it_is(self) -> None:
        """Status, headers and body, in whatever language."""
        answer = Response(418, (*JSON, ("X-Own", "1")), "\u00e9\U0001f600")
        with served(lambda _: answer) as (url, _):
            got = sent(url)
        assert (got.status, got.header("x-own"), got.body) == (418, "1", "\u00e9\U0001f600")

    def test_goes_out_as_it_is(self) -> None:
        """Method, percent-encoded path, headers as spelt, and body."""
        request = Request("POST", "/orders/%2E%2F?x=1", (("idempotency-KEY", "a b"),), "\u00e9")
        with served(echo) as (url, seen):
            sent(url, request)
        assert (seen[0].method, seen[0].path, seen[0].body, ("idempotency-KEY", "a b")
                in seen[0].headers) == ("POST", "/orders/%2E%2F?x=1", "\u00e9", True)

    @pytest.mark.parametrize("path", ["/orders/..", "/orders/.", "/orders/../x"])
    def test_dots_arrive(self, path: str) -> None:
        """The client resolves no dot segments: what to make of them is the stage's to decide."""
        with served(echo) as (url, seen):
            sent(url, Request("GET", path))
        assert seen[0].path.count("/") == path.count("/")

    def test_redirects_are_responses(self) -> None:
        """Redirects are not followed."""
        with served(lambda _: Response(302, (("Location", "/elsewhere"),))) as (url, seen):
            assert (sent(url).status, len(seen)) == (302, 1)


class TestNoAnswer:
    def test_time_out(self) -> None:
        """A response that does not come in time says nothing."""
        done = threading.Event()
        with listening(lambda connection: done.wait(5) and None) as url:
            assert sent(url, request_seconds=0.1) == NO_ANSWER
            done.set()

    def test_connection_that_ends(self) -> None:
        """Nor does a connection that ends in the midst of it."""
        with listening(lambda connection: connection.recv(100) and None) as url:
            assert sent(url) == NO_ANSWER

    def test_nobody_there(self) -> None:
        """A connection that cannot be made, however often it is tried, is a broken stage."""
        clock = FakeClock()
        front = HttpFrontDoor(Settings("http://127.0.0.1:9"), clock)
        with pytest.raises(StageError, match=r"no connection: .*refused; see that it runs"):
            front.send(GET)
        assert clock.waited == [0.5, 1.0, 2.0]

    def test_no_tls(self) -> None:
        """TLS with somebody who does not speak it is no verdict on anybody."""
        with served(echo) as (url, _), pytest.raises(StageError, match="TLS failed"):
            sent(url.replace("http:", "https:"))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for loopback that nobody has signed, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "nobody")])
    local = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    signed = x509.CertificateBuilder(
        name, name, key.public_key(), 1, datetime(2020, 1, 1), datetime(2120, 1, 1),
        [x509.Extension(local.oid, False, local)]).sign(key, SHA256())
    path = tmp_path_factory.mktemp("tls") / "nobody.pem"
    path.write_bytes(signed.public_bytes(Encoding.PEM) + key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return path


@contextmanager
def encrypted(certificate: Path) -> Iterator[str]:
    """A server with that certificate; gives its URL."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def handle(connection: socket.socket) -> None:
        with suppress(OSError), context.wrap_socket(connection, server_side=True) as wrapped:
            wrapped.recv(1000)
            wrapped.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    with listening(handle) as url:
        yield url.replace("http:", "https:")


class TestTls:
    def test_unknown_authority(self, certificate: Path) -> None:
        """A certificate that nobody vouches for is no verdict, and the remedy is said."""
        with encrypted(certificate) as url, pytest.raises(StageError, match="by --ca-bundle"):
            sent(url)

    def test_of_another_host(self, certificate: Path) -> None:
        """One that names another host is not mended by trusting more."""
        with encrypted(certificate) as url, pytest.raises(StageError, match="names the host"):
            sent(url.replace("127.0.0.1", "localhost"), ca_bundle=certificate)

    def test_ca_bundle(self, certificate: Path) -> None:
        """The user may vouch for it."""
        with encrypted(certificate) as url:
            assert sent(url, ca_bundle=certificate).status == 204


class TestCredentials:
    def test_sent_and_never_told(self) -> None:
        """Headers and the API key go along; where they come back they are blanked out."""
        credentials = Credentials((("X-Team", "tomato-soup"), ("x-api-key", "sesame-open")))
        with served(echo) as (url, seen):
            got = sent(url, credentials=credentials)
        values = dict(seen[0].headers)
        assert (values["X-Team"], values["x-api-key"]) == ("tomato-soup", "sesame-open")
        assert ("soup" in got.body, "sesame" in got.body, "X-Team=[secret]" in got.body) == (
            False, False, True)
        assert "sesame" not in repr(credentials)

    def test_bearer_is_renewed(self) -> None:
        """A token that is refused is replaced once, and the request is sent again."""
        tokens = iter(("token-one", "token-two"))
        signer = Bearer("prints one", run=lambda _: next(tokens))

        def answer(request: Request) -> Response:
            good = dict(request.headers).get("Authorization") == "Bearer token-two"
            return Response(200 if good else 401)

        with served(answer) as (url, seen):
            front = HttpFrontDoor(Settings(url), FakeClock(), signer)
            assert (front.send(GET).status, front.send(GET).status, len(seen)) == (200, 200, 3)

    @pytest.mark.parametrize(("command", "reason"), [
        ("exit 3", "ended with 3"), ("true", "printed no single line"),
        ("echo hush; echo hush", "printed no single line")])
    def test_bearer_command_fails(self, command: str, reason: str) -> None:
        """A command without a token is told by how it ended, never by what it printed."""
        with pytest.raises(StageError, match=reason) as error:
            Bearer(command).sign("GET", "http://x/", {}, b"")
        assert "hush" not in str(error.value)

    def test_sigv4(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A signature by the ambient credentials, for the service and region asked for."""
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-a-real-secret")
        own = Credentials(sigv4="execute-api", region="eu-west-1")
        with served(echo) as (url, seen):
            sent(url, Request("POST", "/orders", JSON, "{}"), credentials=own)
        signature = dict(seen[0].headers)["Authorization"]
        assert "/eu-west-1/execute-api/aws4_request, SignedHeaders=host;x-amz-date" in signature


class TestSettings:
    @pytest.mark.parametrize(("option", "message"), [
        ({"base_url": None}, "give --base-url"),
        ({"base_url": "ftp://x"}, "--base-url: expected http://HOST"),
        ({"base_url": "http://"}, "--base-url: expected http://HOST"),
        ({"base_url": "http://a:b"}, "--base-url: expected http://HOST"),
        ({"base_url": "https://me:hush@host"}, "no user, query or fragment"),
        ({"base_url": "https://host/?key=hush"}, "no user, query or fragment"),
        ({"header": ["hush"]}, "--header: expected 'Name: value'"),
        ({"header": ["a b: hush"]}, "--header: expected 'Name: value'"),
        ({"header": ["a: hush\nhush"]}, "--header: expected 'Name: value'"),
        ({"rate": 0.0}, "--rate 0: expected a number above 0"),
        ({"settle_seconds": float("nan")}, "--settle-seconds nan: expected"),
        ({"ca_bundle": "/nowhere"}, "--ca-bundle /nowhere: no such file"),
        ({"ca_bundle": __file__}, "no certificates in it"),
        ({"sigv4": "execute-api", "bearer_command": "hush"}, "both set Authorization"),
    ])
    def test_mistakes(self, option: dict[str, Any], message: str) -> None:
        """A user's mistake has one sentence, without what may be secret."""
        with pytest.raises(SettingsError) as error:
            read(from_given(StageOptions, OPTIONS | option), {})
        assert (message in str(error.value), "hush" in str(error.value)) == (True, False)

    def test_from_the_environment(self) -> None:
        """Secrets need not be on the command line."""
        environment = {"CQRS_API_KEY": "k", "CQRS_HEADERS": "A: 1\nB: 2\n"}
        settings = read(from_given(StageOptions, OPTIONS), environment)
        assert settings.credentials.headers == (("A", "1"), ("B", "2"), ("x-api-key", "k"))

    def test_shown(self) -> None:
        """Settings are shown with address, time-out and way, without credentials."""
        settings = read(StageOptions(
            base_url="http://127.0.0.1:1", api_key="hush", header=("a: hush",)), {})
        assert shown(settings) == ["--base-url", "http://127.0.0.1:1", "--settle-seconds", "30"]


class Counting:
    """A front that knows how many requests were ever under way at once."""

    address = "here"

    def __init__(self) -> None:
        self._lock, self.now, self.most = threading.Lock(), 0, 0

    def send(self, request: Request) -> Response:
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
        RealClock().wait(0.005)
        with self._lock:
            self.now -= 1
        return Response(200)

    def close(self) -> None:
        """Nothing to close."""


class TestLimits:
    def test_concurrency(self) -> None:
        """So many at once and no more, and that many are made use of."""
        front = Counting()
        limited = LimitedFrontDoor(front, RealClock(), concurrency=3)
        threads = [threading.Thread(target=lambda: limited.send(GET)) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (front.most, limited.requests) == (3, 20)

    def test_rate(self) -> None:
        """The next request waits for its turn."""
        clock = FakeClock()
        limited = LimitedFrontDoor(Counting(), clock, concurrency=1, rate=4)
        for _ in range(5):
            limited.send(GET)
        assert clock.now() == 1.0

    def test_in_turn(self) -> None:
        """The longest waiting client is served first, before one that was just served."""
        permits, order = Permits(1), list[str]()
        waiting = threading.Thread(target=lambda: _take(permits, order, "second"))
        with permits:
            waiting.start()
            while not permits._waiting:
                RealClock().wait(0.001)
        _take(permits, order, "third")
        waiting.join()
        assert order == ["second", "third"]


def _take(permits: Permits, order: list[str], name: str) -> None:
    with permits:
        order.append(name)
