"""The commands of the command line, on a system that speaks a dialect of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from harness.core.errors import CONFORMS, DOES_NOT, USAGE
from harness.entry import cli
from tests.systems.building import ROOM as FOLDER
from tests.systems.catalogue import CATALOGUE

OWN = ["--contract", str(FOLDER / "club" / "contract.py") + ":CONTRACT"]
BAD = next(row for row in CATALOGUE if row.name == "club-says_yes_to_everything")


def run(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A command in a process of its own, since pytest does not run twice in one."""
    return subprocess.run([sys.executable, "-m", "cqrs_conformance", *words], cwd=folder,
                          capture_output=True, text=True, check=False, timeout=600)


def test_run_and_replay(tmp_path: Path) -> None:
    """A failure is told in the system's own words, and shows again from its file."""
    template = BAD.build(tmp_path)
    given = [*OWN, "--template", str(template), "--dialect", str(tmp_path / "dialect.toml")]
    found = run("run", *given, "--profile", "smoke", "--seed", "1", "--requirement", "API-07",
                folder=tmp_path)
    assert found.returncode == DOES_NOT, found.stdout + found.stderr
    told = 'A client sends POST /rpc {"op": "earn", "member": "a", "args": {"points": 1}}  -> 200'
    assert told in found.stdout
    saved = next((tmp_path / ".cqrs-conformance" / "counterexamples").glob("*.json"))
    assert json.loads(saved.read_text("utf-8"))["dialect"] == str(tmp_path / "dialect.toml")
    again = run("replay", str(saved), folder=tmp_path)
    assert again.returncode == DOES_NOT, again.stdout + again.stderr


def test_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A saved history is in canonical form; its dialect is only read."""
    header = {"namespace": "n00000", "system": {
        "functions": [], "queued": False, "capabilities": ["http"], "names": [], "batch_sizes": [],
        "untold": ["key"]}}
    (tmp_path / "history").write_text(json.dumps(header) + "\n", "utf-8")
    words = ["check", str(tmp_path / "history"), *OWN, "--dialect"]
    assert cli.main([*words, str(FOLDER / "club" / "dialect.toml")]) == CONFORMS
    assert cli.main([*words, str(FOLDER / "club" / "template.yaml")]) == USAGE
    assert "expected a TOML file" in capsys.readouterr().err


@pytest.mark.slow
def test_power(tmp_path: Path) -> None:
    """The rows of the catalogue are hunted in their dialects."""
    found = run("power", "--catalogue", "tests.systems.catalogue:CATALOGUE", "--only", BAD.name,
                "--no-baseline", "--jobs", "1", folder=FOLDER.parents[1])
    assert found.returncode == CONFORMS, found.stdout + found.stderr


def test_serve_and_http(tmp_path: Path) -> None:
    """A served system speaks its dialect, and is judged by its URL alone."""
    given = ["--contract", f"{FOLDER}/tickets/contract.py:CONTRACT",
             "--dialect", f"{FOLDER}/tickets/dialect.toml"]
    serving = [sys.executable, "-m", "cqrs_conformance", "serve", *given,
               "--template", f"{FOLDER}/tickets/template.yaml"]
    with subprocess.Popen(serving, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        found = run("run", *given, "--stage", "http", "--base-url", url, "--profile", "smoke",
                    "--seed", "1", "--requirement", "API-01", "API-04", "CMD-04",
                    "--report-json", "report.json", folder=tmp_path)
        server.terminate()
    assert found.returncode == CONFORMS, found.stdout + found.stderr
    report = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert [r["outcome"] for r in report["requirements"]] == ["passed", "not applicable", "passed"]


@pytest.mark.ministack
@pytest.mark.parametrize("name", ["tickets", "stock"])
def test_ministack(name: str, tmp_path: Path) -> None:
    """A stack is spoken to in its dialect, and its table is the event store."""
    found = run("run", "--contract", f"{FOLDER}/{name}/contract.py:CONTRACT",
                "--template", f"{FOLDER}/{name}/template.yaml",
                "--dialect", f"{FOLDER}/{name}/dialect.toml", "--stage", "ministack",
                "--profile", "smoke", "--seed", "1", "--requirement", "API-02", "CMD-01", "PRJ-02",
                folder=tmp_path)
    assert found.returncode == CONFORMS, found.stdout + found.stderr
    assert "3 passed" in found.stdout
