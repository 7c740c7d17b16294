"""The path of a newcomer: the tutorial in a fresh clone, and the wheel outside of any."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

from tests.newcomer.pages import PROJECT, blocks
from tests.newcomer.places import clone

pytestmark = pytest.mark.newcomer
PACKAGES = {"cqrs_conformance", "harness", "scenarios", "reference_impl"}


def ran(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["bash", "-euc", command], cwd=folder, capture_output=True, text=True,
                          timeout=600, check=False)


def test_the_tutorial_from_the_first_command_to_the_last(tmp_path: Path) -> None:
    """The failure that it promises is the one that shows, and the repair ends it."""
    made = clone(tmp_path)
    said = []
    for block in blocks(made.folder / "docs/tutorial.md"):
        ended = made.run(block.text)
        said.append(ended.stdout)
        assert ended.returncode == block.code, ended.stdout + ended.stderr
    first, _, failed, explained, repaired = said
    assert "verdict: conforms" in first
    assert "changes nothing" in failed
    assert "read_model.py" in failed
    assert "EventBridge" in explained
    assert "holds now" in repaired


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a wheel and an sdist."""
    folder = tmp_path_factory.mktemp("dist")
    ended = ran(f"{sys.executable} -m venv make && make/bin/pip install -q build && "
                f"make/bin/python -m build -q --outdir out {PROJECT}", folder)
    assert ended.returncode == 0, ended.stderr
    return folder / "out"


def test_the_wheel_holds_the_packages_and_nothing_else(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == PACKAGES
    assert not [name for name in names if "__pycache__" in name or name.endswith(".bak")]
    assert {f"{package}/py.typed" for package in ("cqrs_conformance", "harness")} <= set(names)


def test_the_sdist_holds_what_a_build_needs(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "tests/conftest.py"} <= names
    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))
    listed = settings["tool"]["hatch"]["build"]["targets"]["sdist"]["only-include"]
    assert {name.partition("/")[0] for name in names if name} == {
        *listed, ".gitignore", "LICENSE", "PKG-INFO", "README.md", "pyproject.toml"}


def test_the_wheel_judges_outside_of_a_clone(built: Path, tmp_path: Path) -> None:
    ended = ran(f"{sys.executable} -m venv own && own/bin/pip install -q {built}/*.whl && "
                "own/bin/cqrs-conformance run --profile smoke --seed 1 --requirement API-12",
                tmp_path)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "selected requirements passed" in ended.stdout
