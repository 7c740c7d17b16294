"""Secrets in replies: taken out whole and in parts, in whatever form a system repeats them."""

from __future__ import annotations

import base64
import html
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

import pytest

from harness.stages.deployed.redaction import without_secrets
from harness.stages.deployed.settings import Credentials, that_stay

TOKEN, COOKIE, PASSWORD = "tok-7f\"3a/9c\\é", "cook1e-valu3", "pa55&word!"
BASIC = base64.b64encode(f"me:{PASSWORD}".encode()).decode()
SECRETS = (f"Bearer {TOKEN}", f"Basic {BASIC}", f"theme=dark; session={COOKIE}", "key-Ω-4711")


def forms(text: str) -> dict[str, str]:
    return {
        "whole": text, "upper": text.upper(), "lower": text.lower(),
        "json": json.dumps(text), "json-unicode": json.dumps(text, ensure_ascii=False),
        "html": html.escape(text), "url": quote(text, safe=""),
        "base64": base64.b64encode(text.encode()).decode(),
    }


@pytest.mark.parametrize("part", [*SECRETS, TOKEN, BASIC, COOKIE, PASSWORD, f"me:{PASSWORD}"])
@pytest.mark.parametrize("form", forms(""))
def test_taken_out(part: str, form: str) -> None:
    """No part of a secret is left, in none of its forms."""
    said = forms(part)[form]
    left = without_secrets(f"before {said} after", SECRETS)
    assert (said in left, "before" in left, "after" in left) == (False, True, True)


@pytest.mark.parametrize("text", ["contest", "tests of it", '{"type": "Bearer"}', "session theme"])
def test_other_words(text: str) -> None:
    """Words that only contain a short secret, schemes and names of cookies are left as they are."""
    assert without_secrets(text, ("test", *SECRETS)) == text


def test_short() -> None:
    """Four characters that stand alone are taken out; three are not, and it is said."""
    assert without_secrets("x soup y", ("soup",)) == "x [secret] y"
    assert without_secrets("x abc y", ("abc",)) == "x abc y"
    (sentence,) = that_stay(Credentials((("X-Pin", "123"), ("X-Key", "long-enough"))))
    assert "header X-Pin is shorter than 4 characters" in sentence


def _command_lines() -> Iterator[str]:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # the process has ended
            yield path.read_text("utf-8", "replace")


class _Echo(BaseHTTPRequestHandler):
    """Repeats what it was sent, whole, split, decoded, escaped and in another case."""

    processes: ClassVar[set[str]] = set()
    """The command lines of all processes, as they were during the run."""

    def do_GET(self) -> None:
        self.processes.update(_command_lines())
        given = self.headers.get("X-Secret", "")
        decoded = base64.b64decode(self.headers["Authorization"].split()[1]).decode()
        said = [*forms(given).values(), decoded, *forms(decoded.split(":")[1]).values(),
                self.headers["Authorization"].split()[1]]
        body = json.dumps({"said": said}, ensure_ascii=False).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Nothing to log."""


@pytest.fixture
def url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_run(url: str, tmp_path: Path) -> None:
    """No output, file or list of processes has a secret that a variable gave, in any form."""
    _Echo.processes.clear()
    told = {"CQRS_HEADERS": f"Authorization: Basic {BASIC}\nX-Secret: {COOKIE}",
            "GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md")}
    ended = subprocess.run(
        [sys.executable, "-m", "cqrs_conformance", "run", "--stage", "http", "--base-url", url,
         "--requirement", "API-03", "--profile", "smoke", "--settle-seconds", "0.2", "--replays",
         "1", "--report-json", "report.json", "--report-html", "report.html", "--report-markdown",
         "report.md", "--badge", "badge.json", "--", "--debug", "--junitxml=junit.xml"],
        cwd=tmp_path, env={**os.environ, **told}, capture_output=True, text=True, timeout=300,
        check=False)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    texts = [ended.stdout, ended.stderr, *_Echo.processes,
             *(path.read_text("utf-8", "replace") for path in files)]
    planted = (BASIC, *forms(PASSWORD).values(), *forms(COOKIE).values())
    assert (ended.returncode, any("API-03" in text for text in texts), len(files) > 6) == (
        1, True, True)
    assert [secret for secret in planted for text in texts if secret in text] == []
