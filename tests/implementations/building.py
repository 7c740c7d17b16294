"""Builds the implementations of other languages, each by its language's ordinary commands.

A folder is built once: a stamp in it says from what. It is the digest of all sources and
commands, so that a fresh checkout, whose files are all new, and a changed command build as well.
Several processes may ask at once (pytest-xdist): one builds, the others wait for it.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOM = Path(__file__).parent
OUTPUTS = frozenset({"node_modules", "dist", "target", "build", ".built", ".building"})
"""Build results, which git ignores and the search for sources leaves out."""
DEADLINE = 1200.0
"""Seconds for one command: the first one of a language downloads its packages, or compiles them."""
SHOWN = 2000
"""Characters of a failed command's output."""

FUNCTIONS = ("command", "projection", "query", "calls")
"""Programs of those languages that make one for each; ``calls`` is there for a test only."""
JAVA_CLIENT = "com.amazonaws:aws-lambda-java-runtime-interface-client:2.9.0"


@dataclass(frozen=True, slots=True)
class Implementation:
    """How a folder of this room is built; ``language`` is also the marker of its tests.

    ``commands`` run in the folder; the first word of each is a tool that must be installed.
    ``made_from`` are folders that must be built before.
    """

    language: str
    commands: tuple[tuple[str, ...], ...]
    template: str = "template.yaml"
    made_from: tuple[str, ...] = ()


IMPLEMENTATIONS: Mapping[str, Implementation] = {
    "node": Implementation("node", (("npm", "ci"), ("npm", "run", "build"))),
    "node_article": Implementation("node", (("npm", "ci"),)),
    "node_lost_update": Implementation(
        "node", (("node", "break.mjs"),), template="dist/template.yaml", made_from=("node",)
    ),
    "go": Implementation("go", tuple(
        ("go", "build", "-trimpath", "-tags", "lambda.norpc,netgo,osusergo",
         "-o", f"build/{function}/bootstrap", f"./cmd/{function}")
        for function in FUNCTIONS
    )),
    "rust": Implementation("rust", (
        ("cargo", "build", "--release", "--locked"),
        ("mkdir", "-p", *(f"build/{function}" for function in FUNCTIONS)),
        *(("cp", f"target/release/{function}", f"build/{function}/bootstrap")
          for function in FUNCTIONS),
    )),
    "java": Implementation("java", (
        ("mvn", "-q", "-B", "package"),
        ("mvn", "-q", "-B", "dependency:get", f"-Dartifact={JAVA_CLIENT}"),
    )),
}


class ToolMissing(Exception):
    """A tool that the build needs is not installed."""

    def __init__(self, name: str, tool: str) -> None:
        super().__init__(f"{name} is built with {tool}, which is not installed")
        self.tool = tool


class BuildFailed(Exception):
    """A build command failed, or took too long."""

    def __init__(self, name: str, command: tuple[str, ...], reason: str) -> None:
        super().__init__(f"building {name}: {' '.join(command)} {reason}")


def build(name: str) -> Path:
    """Build an implementation unless that is done, and give its template.

    Raises:
        ToolMissing, BuildFailed: it cannot be built here.
    """
    implementation = IMPLEMENTATIONS[name]
    folder = ROOM / name
    for part in implementation.made_from:
        build(part)
    with _lock(folder):
        stamp, wanted = folder / ".built", _digest(name)
        if not stamp.exists() or stamp.read_text() != wanted:
            stamp.unlink(missing_ok=True)
            _run_all(name, implementation, folder)
            stamp.write_text(wanted)
    return folder / implementation.template


def built(name: str) -> Path:
    """The template of an implementation; a test without its tool is skipped."""
    try:
        return build(name)
    except ToolMissing as missing:
        pytest.skip(str(missing))


def _run_all(name: str, implementation: Implementation, folder: Path) -> None:
    for command in implementation.commands:
        if shutil.which(command[0]) is None:
            raise ToolMissing(name, command[0])
    for command in implementation.commands:
        _run(name, command, folder)


def _digest(name: str) -> str:
    """The digest of everything that an implementation is made from."""
    implementation = IMPLEMENTATIONS[name]
    digest = hashlib.sha256(repr(implementation).encode())
    for path in _sources(ROOM / name):
        digest.update(f"{path.relative_to(ROOM)}\0".encode())
        digest.update(path.read_bytes())
    for part in implementation.made_from:
        digest.update(_digest(part).encode())
    return digest.hexdigest()


def _sources(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_dir() and path.name not in OUTPUTS:
            yield from _sources(path)
        elif path.is_file() and path.name not in OUTPUTS:
            yield path


@contextlib.contextmanager
def _lock(folder: Path) -> Iterator[None]:
    """Let no other process build the folder at the same time."""
    with (folder / ".building").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _run(name: str, command: tuple[str, ...], folder: Path) -> None:
    with tempfile.TemporaryFile("w+", errors="replace") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            code = process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            raise BuildFailed(name, command, f"was not done after {DEADLINE:.0f} s") from None
        finally:
            _end(process)
        if code:
            output.seek(0)
            raise BuildFailed(name, command, f"ended with {code}:\n{output.read()[-SHOWN:]}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the command and what it has started, whether it is done or not."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
