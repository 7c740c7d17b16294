"""The plugin costs a session that has nothing to do with it next to nothing."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

SESSIONS = 20
MOST = 0.020
"""Seconds of CPU by which the plugin may lengthen a session (median of twenty)."""


def _seconds(folder: Path, *options: str) -> float:
    """The CPU seconds of one session."""
    own = {"PYTEST_ADDOPTS": "", "PYTHONDONTWRITEBYTECODE": "",
           "PYTHONPYCACHEPREFIX": str(folder / "compiled")}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, str(folder)],
        cwd=folder, check=True, capture_output=True, env={**os.environ, **own})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)


@pytest.mark.slow
def test_unrelated_session(tmp_path: Path) -> None:
    """Sessions with and without it take turns, so that neighbours disturb both alike.

    The first one compiles what all of them import.
    """
    (tmp_path / "test_own.py").write_text("def test_own() -> None:\n    assert True\n", "utf-8")
    _seconds(tmp_path)
    pairs = [(_seconds(tmp_path), _seconds(tmp_path, "-p", "no:cqrs_conformance"))
             for _ in range(SESSIONS)]
    assert statistics.median(one - other for one, other in pairs) <= MOST
