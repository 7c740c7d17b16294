"""Temporary folders that end with us: what a killed run has left, the next one removes.

Each has a file that its owner keeps locked. The kernel takes the lock away when the owner ends,
however that is (flock(2)), so a lock that can be had is an owner who is gone.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = "cqrs-conformance-"
OWNER = ".owner"


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """An empty folder for as long as it is needed."""
    remove_abandoned(Path(tempfile.gettempdir()))
    with tempfile.TemporaryDirectory(prefix=PREFIX) as name:
        folder = Path(name)
        with (folder / f"{OWNER}-new").open("w") as file:
            with suppress(OSError):  # no locks on this file system: nobody ever removes it
                fcntl.flock(file, fcntl.LOCK_EX)
                Path(file.name).rename(folder / OWNER)  # locked before anybody looks for it
            yield folder


def remove_abandoned(where: Path) -> None:
    """Remove the folders of ours whose owner is gone."""
    for folder in where.glob(f"{PREFIX}*"):
        with suppress(OSError):
            if not folder.is_symlink() and folder.stat().st_uid == os.getuid():
                _remove_if_abandoned(folder)


def _remove_if_abandoned(folder: Path) -> None:
    with (folder / OWNER).open() as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
