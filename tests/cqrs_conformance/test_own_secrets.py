"""Secrets of whoever runs the command: functions in its process do not see them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cqrs_conformance.own_secrets import without_secrets

HELD = {"PATH": "/bin", "CQRS_API_KEY": "planted", "AWS_SECRET_ACCESS_KEY": "planted"}
HERE = (("run",), ("serve",), ("run", "--stage", "moto"), ("replay", "nowhere.json"),
        ("run", "--stage=localstack", "--functions", "hosted"))
ELSEWHERE = ((), ("cleanup",), ("run", "--stage", "http"), ("run", "--stage=aws"))


@pytest.mark.parametrize("arguments", HERE, ids=" ".join)
def test_taken_away(arguments: tuple[str, ...]) -> None:
    """Where functions run in the process there are none."""
    assert without_secrets(HELD, arguments) == {"PATH": "/bin"}


@pytest.mark.parametrize("arguments", ELSEWHERE, ids=" ".join)
def test_needed(arguments: tuple[str, ...]) -> None:
    """Where the command itself needs them they stay."""
    assert without_secrets(HELD, arguments) is None


def test_nothing_to_take_away() -> None:
    """A process without secrets goes on as it is."""
    assert without_secrets({"PATH": "/bin"}, ("run",)) is None


def test_replay_of_a_url(tmp_path: Path) -> None:
    """A counterexample that was found at a URL is played there, with the secrets."""
    path = tmp_path / "found.json"
    path.write_text(json.dumps({"stage": "http"}), "utf-8")
    assert without_secrets(HELD, ("replay", str(path))) is None


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")
def test_start_of_the_process(tmp_path: Path) -> None:
    """The process that judges was started without them."""
    path = tmp_path / "contract.py"
    path.write_text("from cqrs_conformance.contracts import Contract\n"
                    "print(open('/proc/self/environ').read())\nraise SystemExit\n", "utf-8")
    ended = subprocess.run(
        [sys.executable, "-m", "cqrs_conformance", "run", "--contract", str(path)],
        env={**os.environ, **HELD, "PATH": os.environ["PATH"]}, capture_output=True, text=True,
        check=False)
    assert (ended.returncode, "PATH=" in ended.stdout, "planted" in ended.stdout) == (
        2, True, False)
