"""docs/your-own-contract.md: its code, run as the page says, judges an implementation of carts."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

import reference_impl

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "your-own-contract.md"
REFERENCE = Path(reference_impl.__file__).parent
SOME = ("API-01", "API-06", "API-07", "CMD-05", "PRJ-01", "QRY-04")


def block(language: str) -> str:
    """The page's block of code in a language; there is one."""
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    return str(found)


def install(folder: Path) -> None:
    """An installed project with the page's module and its pyproject.toml."""
    (folder / "carts.py").write_text(block("python"), "utf-8")
    offered = tomllib.loads(block("toml"))["project"]["entry-points"]
    group, entries = offered.popitem()
    lines = [f"[{group}]", *(f"{name} = {value}" for name, value in entries.items())]
    about = folder / "carts-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: carts\nVersion: 1.0\n", "utf-8")
    (about / "entry_points.txt").write_text("\n".join(lines), "utf-8")


def implementation(folder: Path) -> Path:
    """The reference implementation's machinery with carts for its domain; gives the template."""
    shutil.copytree(REFERENCE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    domains = folder / "lambdas" / "domain"
    shutil.copy(HERE / "own_contract" / "carts.py", domains)
    (domains / "__init__.py").write_text(
        'from . import carts\n\nDOMAINS = {"carts": carts.DOMAIN}\n', "utf-8")
    text = (REFERENCE / "template-accounts.yaml").read_text("utf-8").replace("accounts", "carts")
    types = "CartOpened, ItemAdded, ItemRemoved, CartAbandoned"
    text = re.sub(r"detail-type: .*", f"detail-type: [{types}]", text)
    (folder / "template.yaml").write_text(text, "utf-8")
    return folder / "template.yaml"


@dataclass(frozen=True, slots=True)
class Carts:
    """A folder with the contract installed, and the implementation's template."""

    installed: Path
    template: Path

    def run(self, *arguments: str) -> tuple[int, str]:
        """Run the command on the implementation; gives its exit code and what it prints."""
        done = subprocess.run(
            [sys.executable, "-m", "cqrs_conformance", "run", "--contract", "carts",
             "--template", str(self.template), "--seed", "1", *arguments],
            capture_output=True, text=True, check=False,
            env={**os.environ, "PYTHONPATH": str(self.installed)})
        return done.returncode, done.stdout + done.stderr


@pytest.fixture
def carts(tmp_path: Path) -> Carts:
    """Everything there is about carts."""
    (tmp_path / "installed").mkdir()
    install(tmp_path / "installed")
    return Carts(tmp_path / "installed", implementation(tmp_path / "implementation"))


class TestPage:
    def test_short(self) -> None:
        """The contract is less than 80 lines of Python."""
        assert len(block("python").splitlines()) < 80

    def test_conforms(self, carts: Carts) -> None:
        """A right implementation conforms."""
        code, printed = carts.run("--requirement", *SOME)
        assert code == 0, printed

    def test_broken(self, carts: Carts) -> None:
        """One that forgets how many of an item there were does not, and the story says so."""
        domain = carts.template.parent / "lambdas" / "domain" / "carts.py"
        text = domain.read_text("utf-8").replace(
            'state.count(item) + event.members["quantity"]', 'event.members["quantity"]')
        domain.write_text(text, "utf-8")
        code, printed = carts.run("--requirement", "PRJ-01")
        assert (code, printed.count("A client sends ItemAdded for 'a' ")) == (1, 2), printed

    @pytest.mark.slow
    def test_conforms_in_everything(self, carts: Carts) -> None:
        """A right implementation conforms in a whole run."""
        code, printed = carts.run()
        assert code == 0, printed
