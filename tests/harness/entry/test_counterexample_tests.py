"""Counterexamples as tests, and with a debugger."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from shutil import copytree

import pytest

from harness.core.contract_registry import reference_template
from harness.entry import cli
from scenarios.domains.orders import CONTRACT

REFERENCE = reference_template(CONTRACT)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A query that shows another customer and stops in a debugger, and its counterexample."""
    made = tmp_path_factory.mktemp("debugged")
    copytree(REFERENCE.parent, made / "app")
    query = made / "app" / "lambdas" / "query.py"
    query.write_text(query.read_text("utf-8").replace(
        "reply(200, shown)", 'reply(200, {**shown, "customer": "?"})'), "utf-8")
    command(made, "run", "app", "--profile", "smoke", "--requirement", "API-02", "--seed", "7")
    return made


def command(folder: Path, *words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "cqrs_conformance", *words], cwd=folder,
                          input=typed, capture_output=True, text=True, timeout=300, check=False)


def counterexample(folder: Path) -> str:
    (path,) = (folder / ".cqrs-conformance" / "counterexamples").glob("API-02-*.json")
    return str(path.relative_to(folder))


def test_as_test(folder: Path) -> None:
    """A test is written that fails with the story, and holds a copy of the counterexample."""
    written = command(folder, "replay", counterexample(folder), "--as-test", "kept")
    ended = subprocess.run([sys.executable, "-m", "pytest", "-q", "kept"], cwd=folder,
                           capture_output=True, text=True, timeout=300, check=False)
    assert (written.returncode, len(list((folder / "kept").glob("*.json")))) == (0, 1)
    assert (ended.returncode, "The smallest scenario found:" in ended.stdout) == (1, True)


def test_debugger(folder: Path) -> None:
    """With --debug a breakpoint in a function talks to the terminal; two files give one code."""
    query = folder / "app" / "lambdas" / "query.py"
    text = query.read_text("utf-8")
    query.write_text(text.replace("        return front_door.reply(200",
                                  "        breakpoint()\n        return front_door.reply(200")
                     .replace("    return front_door.reply(200",
                              "    breakpoint()\n    return front_door.reply(200"), "utf-8")
    try:
        ended = command(folder, "replay", "--debug", counterexample(folder),
                        typed="p 6 * 7\n" + "c\n" * 20)
    finally:
        query.write_text(text, "utf-8")
    assert (ended.returncode, "(Pdb) 42" in ended.stdout) == (1, True)


def test_unknown_file(capsys: pytest.CaptureFixture[str]) -> None:
    """A file that does not exist ends with 2 before any is played."""
    assert (cli.main(["replay", "nowhere.json", "other.json"]),
            "nowhere.json: cannot be read" in capsys.readouterr().err) == (2, True)
