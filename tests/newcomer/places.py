"""The folders in which the commands of the pages are run, each made from nothing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.newcomer.pages import PROJECT
from tests.systems.building import ROOM
from tests.test_own_contract import implementation, install

LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", ".tox", "__pycache__", "node_modules", "*.egg-info", ".cqrs-conformance")
LITTLE = 'requirement = ["API-12"]\nprofile = "smoke"\n'
"""The settings of a system of which a page judges everything: the commands stay as they are."""
SMALL_VIEW = {"orderId": "a", "customer": "x", "createdAt": "2026-01-01T00:00:00Z"}


@dataclass(frozen=True)
class Place:
    """A folder with the variables of its shell."""

    folder: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    def run(self, text: str) -> subprocess.CompletedProcess[str]:
        """Run shell commands until one fails."""
        return subprocess.run(["bash", "-euc", text], cwd=self.folder, env=self.environment,
                              capture_output=True, text=True, timeout=900, check=False)

    @property
    def environment(self) -> dict[str, str]:
        """The variables: the command of this environment comes first."""
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        return {**os.environ, "PATH": path, **self.variables}


def clone(folder: Path) -> Place:
    """A fresh clone."""
    shutil.copytree(PROJECT, folder / "clone", ignore=LEFT_OUT)
    return Place(folder / "clone")


def shop(folder: Path) -> Place:
    """The reference implementation, in the folder and at path/to."""
    for place in (folder, folder / "path" / "to"):
        shutil.copytree(PROJECT / "reference_impl", place, dirs_exist_ok=True, ignore=LEFT_OUT)
        (place / "cqrs-conformance.toml").write_text(LITTLE, "utf-8")
    return Place(folder)


def job(folder: Path) -> Place:
    """A job of continuous integration: a checkout with a clone in it, and nothing installed."""
    shop(folder)
    (folder / "cqrs-conformance.toml").write_text('requirement = ["API-12"]\n', "utf-8")
    shutil.copytree(PROJECT, folder / "cqrs-conformance", ignore=LEFT_OUT)
    subprocess.run([sys.executable, "-m", "venv", folder / "own"], check=True)
    (packages,) = (folder / "own").glob("lib/python*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"), "utf-8")
    path = f"{folder / 'own' / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return Place(folder, {"PATH": path})


def tickets(folder: Path) -> Place:
    """The help desk of tests/systems, which nobody has described yet."""
    shutil.copytree(ROOM / "tickets" / "app", folder / "app", ignore=LEFT_OUT)
    shutil.copy(ROOM / "tickets" / "template.yaml", folder)
    return Place(folder)


def adopted(folder: Path) -> Place:
    """The help desk with its contract and its dialect."""
    tickets(folder)
    described = folder / "conformance"
    described.mkdir()
    for name in ("contract.py", "dialect.toml"):
        shutil.copy(ROOM / "tickets" / name, described)
    shutil.copy(described / "contract.py", folder / "tickets.py")
    shutil.copy(described / "dialect.toml", folder)
    (folder / "cqrs-conformance.toml").write_text(LITTLE, "utf-8")
    return Place(folder)


def carts(folder: Path) -> Place:
    """The contract of docs/your-own-contract.md, installed, with an implementation."""
    install(folder)
    implementation(folder / "path" / "to")
    (folder / "path" / "to" / "cqrs-conformance.toml").write_text(LITTLE, "utf-8")
    return Place(folder, {"PYTHONPATH": str(folder)})


def audited(folder: Path) -> Place:
    """The events and the views of one order."""
    (folder / "events").mkdir()
    event = {**SMALL_VIEW, "type": "OrderCreated", "eventId": "e1", "version": 1}
    (folder / "events" / "day.jsonl").write_text(json.dumps(event) + "\n", "utf-8")
    (folder / "views.jsonl").write_text(json.dumps(SMALL_VIEW) + "\n", "utf-8")
    return Place(folder)


def failed(folder: Path) -> Place:
    """A system with a fault, and the counterexample that a run of it has kept."""
    made = broken(folder)
    command = "cqrs-conformance run broken/template.yaml --requirement PRJ-02 --seed 1"
    assert made.run(command).returncode == 1
    return made


def accepting(folder: Path) -> Place:
    """A system with a fault, and the page's file that accepts it."""
    page = (PROJECT / "docs" / "accepted-failures.md").read_text("utf-8")
    accepted = page.partition("```toml\n")[2].partition("```")[0]
    (folder / "accepted.toml").write_text(accepted, "utf-8")
    return broken(folder)


def broken(folder: Path) -> Place:
    """The reference implementation with the fault of the tutorial."""
    shutil.copytree(PROJECT / "reference_impl", folder / "broken", ignore=LEFT_OUT)
    made = Place(folder)
    tutorial = (PROJECT / "docs" / "tutorial.md").read_text("utf-8")
    (command,) = [line for line in tutorial.splitlines() if line.startswith("sed ")]
    assert made.run(command).returncode == 0
    return made


def covered(folder: Path) -> Place:
    """The reference implementation, and coverage in an environment of its own."""
    made = job(folder)
    install = "python -m pip install -q --no-deps ./cqrs-conformance coverage"
    assert made.run(install).returncode == 0
    return made


PLACES: Mapping[str, Callable[[Path], Place]] = {place.__name__: place for place in (
    clone, shop, job, tickets, adopted, carts, audited, failed, accepting, covered)}
