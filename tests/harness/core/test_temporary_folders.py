"""Temporary folders, which nobody finds after us."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from harness.core.temporary_folders import OWNER, PREFIX, temporary_folder

KILLED = """
import os, signal
from harness.core.temporary_folders import temporary_folder
with temporary_folder() as folder:
    (folder / "big").write_text("x")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files are."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


class TestFolder:
    def test_ends(self, temporary: Path) -> None:
        """It is there while it is needed."""
        with temporary_folder() as folder:
            assert list(temporary.iterdir()) == [folder]
        assert list(temporary.iterdir()) == []

    def test_killed(self, temporary: Path) -> None:
        """The next run removes the folders of a killed one."""
        ended = subprocess.run([sys.executable, "-c", KILLED], check=False)
        left = list(temporary.iterdir())
        with temporary_folder() as folder:
            assert (ended.returncode, len(left), list(temporary.iterdir())) == (
                -signal.SIGKILL, 1, [folder])

    def test_of_a_run_under_way(self, temporary: Path) -> None:
        """One that is in use stays."""
        with temporary_folder() as first, temporary_folder():
            assert (first / OWNER).exists()

    def test_of_others(self, temporary: Path) -> None:
        """So does what only has such a name, or leads elsewhere."""
        (temporary / f"{PREFIX}notes").mkdir()
        (temporary / "elsewhere").mkdir()
        (temporary / "elsewhere" / OWNER).touch()
        os.symlink(temporary / "elsewhere", temporary / f"{PREFIX}link")
        with temporary_folder():
            pass
        assert len(list(temporary.iterdir())) == 3
