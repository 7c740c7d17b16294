"""The public package: its names, its entry points, and the pages that quote it."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
MODULES = ("contracts", "values", "catalogue", "linearizability", "pytest_plugin", "own_packages",
           "own_secrets", "replays", "run", "stage", "check", "story", "supervision", "command",
           "__main__")
WITHOUT_NAMES = ("claimed",)
PAGES = ("README.md", "docs/your-own-contract.md", "docs/story-tests.md", "docs/public-names.md")


def quoted(page: str) -> list[str]:
    """The dotted names of the project's packages that a page's code mentions."""
    text = (PROJECT / page).read_text("utf-8")
    code = re.findall(r"```python\n(.*?)```|`([^`\n]+)`", text, re.DOTALL)
    return re.findall(r"\b(?:harness|scenarios|cqrs_conformance)\.[a-z_.]*\w+",
                      "\n".join(block or span for block, span in code))


@pytest.mark.parametrize("name", MODULES)
class TestModules:
    def test_names_exist(self, name: str) -> None:
        """A module has every name that its __all__ promises."""
        module = import_module(f"cqrs_conformance.{name}")
        assert module.__all__
        assert [each for each in module.__all__ if not hasattr(module, each)] == []

    def test_documented(self, name: str) -> None:
        """A module and every class and function in it are documented."""
        module = import_module(f"cqrs_conformance.{name}")
        ours = [getattr(module, each) for each in module.__all__]
        without = [each for each in ours if callable(each) and not each.__doc__
                   and each.__module__.startswith(("harness", "scenarios"))]
        assert (without, bool(module.__doc__)) == ([], True)


class TestPackage:
    def test_complete(self) -> None:
        """The package has no module that this test does not know."""
        found = {path.stem for path in (PROJECT / "cqrs_conformance").glob("*.py")}
        assert found == {*MODULES, *WITHOUT_NAMES, "__init__"}

    def test_entry_points(self) -> None:
        """The command and the pytest plugin are entered through the public package."""
        project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
        entered = [*project["scripts"].values(), *project["entry-points"]["pytest11"].values()]
        assert entered
        assert [each for each in entered if not each.startswith("cqrs_conformance.")] == []

    @pytest.mark.parametrize("page", PAGES)
    def test_pages_name_nothing_else(self, page: str) -> None:
        """Every name that the documentation imports is in the public package."""
        inner = [name for name in quoted(page)
                 if name.startswith("harness.") and not name.startswith("cqrs_conformance.")]
        assert inner == []

    def test_plugin_is_light(self) -> None:
        """The plugin brings neither boto3, moto nor Hypothesis into a session of pytest."""
        probe = ("import sys, cqrs_conformance.pytest_plugin; print([name for name in "
                 "('boto3', 'botocore', 'moto', 'hypothesis') if name in sys.modules])")
        done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True,
                              check=False)
        assert (done.stdout.strip(), done.stderr) == ("[]", "")

    def test_runs_as_a_module(self) -> None:
        """``python -m cqrs_conformance`` is the command."""
        done = subprocess.run([sys.executable, "-m", "cqrs_conformance", "requirements"],
                              capture_output=True, text=True, check=False)
        assert (done.returncode, "CMD-01" in done.stdout) == (0, True)
