"""Building a system from its folder, as it is or with one of its faults.

A system's folder has its template, ``contract.py``, ``dialect.toml`` and the code of its functions;
``broken.py`` lists its faults, and ``counterexamples`` keeps a scenario that shows each of them.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path

from harness.core.contract import Contract
from harness.core.contract_registry import find_contract
from harness.mutants.catalogue import Catalogue, Implementation
from tests.miniatures.building import Change, apply

EVERYTHING = ("",)
"""The beginning of the ids of all requirements."""
ROOM = Path(__file__).parent
LEFT_OUT = shutil.ignore_patterns("__pycache__", "counterexamples", "broken.py", "node_modules")


def as_it_is(source: Path, folder: Path) -> None:
    """Leave a copied system as it is."""


def _install(folder: Path) -> None:
    """Install the Node.js packages of a folder once."""
    if not (folder / "node_modules").is_dir():
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=folder, check=True,
                       capture_output=True, timeout=600)


def with_node_folder(source: Path, folder: Path) -> None:
    """Give the folder ``node`` of a copy the packages that are installed in the source."""
    _install(source / "node")
    shutil.copytree(source / "node" / "node_modules", folder / "node" / "node_modules",
                    symlinks=True)


def with_packages(source: Path, folder: Path) -> None:
    """Give each asset of a copy the Node.js packages of its source, which are installed there once.

    A function sees the folder of its code alone, as on Lambda.
    """
    _install(source)
    for asset in folder.glob("cdk.out/asset.*"):
        shutil.copytree(source / "node_modules", asset / "node_modules", symlinks=True)


def packaged(source: Path, folder: Path) -> None:
    """Make in a copy what ``serverless package`` makes: the template with a zip beside it."""
    (folder / "serverless").rename(folder / ".serverless")
    shutil.make_archive(str(folder / ".serverless" / source.name), "zip", folder / "code")
    shutil.rmtree(folder / "code")


@dataclass(frozen=True, slots=True)
class System:
    """A conforming system, by its folder's name, or one of several in the folder ``of``.

    ``unjudged``: ids of the requirements that are not applicable or skipped, with spaces between.
    ``template`` is its template in the folder. ``finish`` makes, in a copy of the folder,
    what a build makes. ``marker``: the marker of its tests, if it needs a tool.
    ``smoke``: beginnings of the ids of those requirements that its smoke test judges.
    """

    name: str
    unjudged: str
    template: str = "template.yaml"
    finish: Callable[[Path, Path], None] = as_it_is
    marker: str | None = None
    of: str | None = None
    dialect_file: str = "dialect.toml"
    smoke: tuple[str, ...] = EVERYTHING

    @property
    def folder(self) -> Path:
        """The system's folder."""
        return ROOM / (self.of or self.name)

    @property
    def contract(self) -> Contract:
        """The contract that it is judged by."""
        return find_contract(str(self.folder / "contract.py"))

    @property
    def not_judged(self) -> frozenset[str]:
        """The requirements that are not applicable or skipped."""
        return frozenset(self.unjudged.split())

    @property
    def conforming(self) -> Implementation:
        """The system as it is."""
        return Implementation(
            self.name, self.contract, partial(_build, self, ()), dialect=self.dialect)

    @property
    def broken(self) -> Catalogue:
        """The system with each of its faults."""
        return tuple(
            Implementation(f"{self.name}-{fault.name}", self.contract,
                           partial(_build, self, fault.changes), fault.fails, fault.may_fail,
                           dialect=self.dialect)
            for fault in self.faults)

    @property
    def dialect(self) -> str:
        """The file of its dialect."""
        return str(self.folder / self.dialect_file)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """The faults that ``broken.py`` lists, for the whole folder or for each system."""
        listed = import_module(f"tests.systems.{self.folder.name}.broken").BROKEN
        found: tuple[Fault, ...] = listed if self.of is None else listed[self.name]
        return found

    def counterexample(self, fault: str) -> Path:
        """The file that keeps the counterexample of a fault."""
        place = self.folder / "counterexamples" / ("" if self.of is None else self.name)
        return place / f"{fault}.json"


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of a system. ``fails`` must fail; ``may_fail``: others that it violates as well."""

    name: str
    why: str
    changes: tuple[Change, ...]
    fails: frozenset[str]
    may_fail: frozenset[str]


def fault(name: str, why: str, *changes: Change, fails: str, may_fail: str = "") -> Fault:
    """A row of ``broken.py``; ids of requirements are separated by spaces."""
    return Fault(name, why, changes, frozenset(fails.split()), frozenset(may_fail.split()))


def _build(system: System, changes: tuple[Change, ...], folder: Path) -> Path:
    """Copy a system into an empty folder, change it, and return its template."""
    shutil.copytree(system.folder, folder, dirs_exist_ok=True, ignore=LEFT_OUT)
    for change in changes:
        apply(system.name, change, folder / change.file)
    system.finish(system.folder, folder)
    return folder / system.template
