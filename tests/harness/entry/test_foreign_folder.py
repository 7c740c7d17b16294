"""A run in a folder with a pytest configuration of its own: the verdict does not depend on it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

CONFIGURATION = """
[tool.pytest.ini_options]
filterwarnings = ["error"]
addopts = "-k nothing"
"""


def test_not_obeyed(tmp_path: Path) -> None:
    """Neither a configuration, a conftest nor PYTEST_ADDOPTS changes a run."""
    (tmp_path / "pyproject.toml").write_text(CONFIGURATION, "utf-8")
    (tmp_path / "conftest.py").write_text("raise RuntimeError('mine')\n", "utf-8")
    ended = subprocess.run(
        [sys.executable, "-m", "cqrs_conformance", "run", "--profile", "smoke",
         "--requirement", "API-12", "--requirement", "QRY-01"],
        cwd=tmp_path, env={**os.environ, "PYTEST_ADDOPTS": "--nonsense"}, capture_output=True,
        text=True, timeout=300, check=False)
    assert (ended.returncode, "selected requirements passed: 2 judged" in ended.stdout,
            "mine" in ended.stdout + ended.stderr) == (0, True, False)
