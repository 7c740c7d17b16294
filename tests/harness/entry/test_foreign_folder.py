"""A run beside somebody's configuration of pytest or moto: the verdict does not depend on it."""

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


VARIABLES = {
    "PYTEST_ADDOPTS": "--nonsense", "PYTEST_PLUGINS": "nothing_of_the_kind",
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONWARNINGS": "error", "PYTEST_DEBUG": "1",
    "MOTO_ACCOUNT_ID": "999999999999", "TEST_SERVER_MODE": "true",
}


def meddling(folder: Path) -> None:
    """Put a plugin of pytest there that raises, as if it were installed."""
    (folder / "meddling.py").write_text("raise RuntimeError('mine')\n", "utf-8")
    metadata = folder / "meddling-1.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Name: meddling\nVersion: 1\n", "utf-8")
    (metadata / "entry_points.txt").write_text("[pytest11]\nmeddling = meddling\n", "utf-8")


def test_not_obeyed(tmp_path: Path) -> None:
    """No configuration, conftest, variable or plugin of the user's changes a run or its workers."""
    (tmp_path / "pyproject.toml").write_text(CONFIGURATION, "utf-8")
    (tmp_path / "conftest.py").write_text("raise RuntimeError('mine')\n", "utf-8")
    meddling(tmp_path)
    ended = subprocess.run(
        [sys.executable, "-m", "cqrs_conformance", "run", "--profile", "smoke",
         "--requirement", "API-12", "QRY-01", "--workers", "2"],
        cwd=tmp_path, env={**os.environ, **VARIABLES, "PYTHONPATH": str(tmp_path)},
        capture_output=True, text=True, timeout=300, check=False)
    assert (ended.returncode, "selected requirements passed: 2 judged" in ended.stdout,
            "mine" in ended.stdout + ended.stderr) == (0, True, False), ended.stderr
