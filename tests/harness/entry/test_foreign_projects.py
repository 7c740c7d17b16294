"""Projects with packages and markers of the same names: neither they nor a run notice the other."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

OWN_TEST = """
import pytest
from harness.engine import POWER
from scenarios import NAME

@pytest.mark.requirement("REQ-2")
@pytest.mark.cqrs_requirement("REQ-3")
def test_power():
    assert (POWER, NAME) == (7, "mine")
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with packages ``harness``, ``scenarios`` and ``tests`` of its own."""
    for package in ("harness", "scenarios", "tests"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text("NAME = 'mine'\n", "utf-8")
    (tmp_path / "harness" / "engine.py").write_text("POWER = 7\n", "utf-8")
    (tmp_path / "tests" / "__init__.py").write_text("raise RuntimeError('my tests')\n", "utf-8")
    (tmp_path / "test_own.py").write_text(OWN_TEST, "utf-8")
    return tmp_path


def python(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *words], cwd=folder, capture_output=True, text=True,
                          timeout=120, check=False)


def test_own_session(project: Path) -> None:
    """A session of the project's own tests has its packages and its markers."""
    ended = python(project, "-m", "pytest", "-q", "-p", "no:cacheprovider")
    assert (ended.returncode, "1 passed" in ended.stdout, "INTERNALERROR" in ended.stdout) == (
        0, True, False)


def test_command(project: Path) -> None:
    """The command finds its own packages, wherever it is started."""
    ended = python(project, "-m", "cqrs_conformance", "requirements")
    assert (ended.returncode, ended.stderr, ended.stdout[:6]) == (0, "", "API-01")


def test_run(project: Path) -> None:
    """A run judges there as anywhere else."""
    ended = python(project, "-m", "cqrs_conformance", "run", "--requirement", "API-03",
                   "--profile", "smoke")
    assert (ended.returncode, ended.stderr) == (0, "")


def test_public_names(project: Path) -> None:
    """The public names mean ours there; a package of the name that came first is told."""
    (project / "test_own.py").write_text(
        "from cqrs_conformance.story import Story\n"
        "def test_own(): assert Story.__module__ == 'harness.play.story'\n", "utf-8")
    ended = python(project, "-m", "pytest", "-q", "-p", "no:cacheprovider")
    late = python(project, "-c", "import harness, cqrs_conformance.contracts")
    assert (ended.returncode, late.returncode) == (0, 1), ended.stdout
    assert "the package harness: expected that of cqrs-conformance" in late.stderr


def test_suite_beside_another_package(project: Path) -> None:
    """A session that has imported another package of the name is refused, with the reason."""
    (project / "conftest.py").write_text("import harness\n", "utf-8")
    ended = python(project, "-m", "pytest", "--cqrs-contract", "accounts", "test_own.py")
    told = ended.stderr + ended.stdout
    assert (ended.returncode, "the package harness: expected that of cqrs-conformance" in told) == (
        4, True)


def test_contract_beside_a_package(project: Path) -> None:
    """A contract's file that imports a package of the name is refused, with a remedy."""
    (project / "contract.py").write_text("import harness.engine\n", "utf-8")
    ended = python(project, "-m", "cqrs_conformance", "requirements", "--contract", "contract.py")
    assert (ended.returncode, "rename the folder harness" in ended.stderr) == (2, True)


def test_catalogue(project: Path) -> None:
    """The clone's catalogue is never looked for among a user's tests."""
    probe = ("from cqrs_conformance.own_packages import claim; claim(); "
             "from harness.mutants.catalogue import find_catalogue; "
             "print(len(find_catalogue('miniatures')) > 100)")
    ended = python(project, "-c", probe)
    assert (ended.stdout.strip(), "my tests" in ended.stderr) == ("True", False)
