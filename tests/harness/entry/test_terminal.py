"""The command on a real terminal, of 80 and of 120 columns, and its output when it is piped."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
from dataclasses import dataclass
from importlib.metadata import version

import pytest

from tests.harness.entry.test_cli import COMMAND, FAST, misnaming, run

ESCAPES = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")
ERASES_A_LINE = b"\x1b[2K"
REQUIREMENTS = ("--requirement", "API-02,API-03", "--profile", "smoke", "--seed", "7")


@dataclass(frozen=True, slots=True)
class Shown:
    """The output on a terminal, with its escapes, and its lines without them."""

    code: int
    raw: bytes

    @property
    def lines(self) -> list[str]:
        text = ESCAPES.sub(b"", self.raw).decode()
        return [line.split("\r")[-1].rstrip() for line in text.replace("\r\n", "\n").split("\n")]


def on_terminal(columns: int, *arguments: str, **variables: str) -> Shown:
    """Run the command on a terminal of that width."""
    primary, secondary = pty.openpty()
    fcntl.ioctl(secondary, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    kept = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "CI")}
    with subprocess.Popen([*COMMAND, "run", *arguments], stdin=secondary, stdout=secondary,
                          stderr=secondary, env={**kept, "TERM": "xterm-256color", **variables}
                          ) as process:
        os.close(secondary)
        shown = b"".join(iter(lambda: _read(primary), b""))
    os.close(primary)
    return Shown(process.returncode, shown)


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 4096)
    except OSError:  # Linux says so when the other end is closed
        return b""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An implementation whose query shows another customer."""
    return misnaming(tmp_path_factory.mktemp("wrong"))


@pytest.fixture(scope="module")
def narrow(template: str) -> Shown:
    """A failing run on 80 columns."""
    return on_terminal(80, "--template", template, *REQUIREMENTS)


def test_fits_80_columns(narrow: Shown) -> None:
    """No line is wider, but for a word that cannot be broken, such as a path."""
    assert narrow.code == 1
    wide = [line for line in narrow.lines if len(line) > 80]
    assert [line for line in wide if len(line.split()) > 2] == []


def test_a_line_opens_at_once(narrow: Shown) -> None:
    """The name and version come before anything is read; then the line has all the rest."""
    opening = b"cqrs-conformance " + version("cqrs-conformance").encode()
    assert narrow.raw.startswith(opening + b"\r" + opening + b":")
    text = " ".join(" ".join(narrow.lines).split())
    assert "on moto command CommandFunction, projection ProjectionFunction, query Query" in text
    assert "contract orders, 2 requirements, profile smoke, seed 7" in text


def test_the_live_line_tells_the_requirement_and_goes(narrow: Shown) -> None:
    """From the opening on a line tells what is done, and how far; at the end none is left."""
    assert narrow.raw.index(b"opening the stage") < narrow.raw.index(b"API-02 ")
    assert len({*re.findall(rb"API-0. (\d+) scenarios", narrow.raw)}) > 2
    assert b"violated, making it small" in narrow.raw
    assert narrow.raw.rindex(b"2/2") < narrow.raw.rindex(ERASES_A_LINE)


def test_signs_and_colours(narrow: Shown) -> None:
    """A failure is marked, passes have one line a family."""
    assert any(line.startswith("✘ API-02  failed") for line in narrow.lines)
    assert any(line.startswith("✔ API  1 passed") for line in narrow.lines)
    assert b"\x1b[1;31m" in narrow.raw


def test_the_end_says_what_to_do_next(narrow: Shown) -> None:
    """The last lines have the verdict and the next step."""
    text = " ".join(" ".join(narrow.lines).split())
    assert "verdict: does not conform" in text
    assert "next: repair API-02 first" in text


def test_no_colour() -> None:
    """NO_COLOR turns colours and signs off; 120 columns are used."""
    shown = on_terminal(120, *FAST, NO_COLOR="1")
    assert not re.search(rb"\x1b\[[0-9;]*3[0-9]m", shown.raw)
    assert any(line.startswith("API  1 passed") for line in shown.lines)


def test_piped(template: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe gets neither signs nor colours nor a live line, whatever FORCE_COLOR says.

    With -v each requirement has its line as it ends.
    """
    monkeypatch.setenv("FORCE_COLOR", "1")
    ended = run("--template", template, *REQUIREMENTS, "-v")
    assert not set("✔✘·━\x1b\r") & set(ended.out)
    assert "\nAPI-02  failed" in ended.out
    assert "\nAPI-03  held so far  " in ended.out
    assert any(len(line) > 80 for line in ended.out.splitlines())
