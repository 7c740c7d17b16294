"""The files that a Python function sees: its code as the working folder, and a /tmp of its own.

On Lambda the code folder is the working folder, only /tmp can be written, and each environment has
its own, empty when the environment is cold ("Lambda execution environment lifecycle", "Configure
ephemeral storage for Lambda functions"). A path that a function gives is translated: below /tmp
(or this machine's temporary folder) it leads into a folder of the environment. Files of the
interpreter, of installed libraries and of the function's own code stay where they are, even if
that is below /tmp.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import harness

ALWAYS_WRITABLE = ("/dev", "/proc")
NUMBERS = count(1)
MAKE_FOLDER, STATUS = os.mkdir, os.stat
"""The real ones: module ``file_calls`` replaces them while a stage is open."""


@dataclass(eq=False)
class FileSystem:
    """Files as one environment sees them. Its /tmp is made below ``parent`` when it is first used.

    ``code``: folders with the function's code, which is read where it is; the first one is the
    working folder.
    """

    code: tuple[Path, ...]
    parent: Path
    folder: str = ""
    _temporary: str | None = None
    _kept: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        self.folder = self.folder or str(self.code[0])
        self._kept = (*map(str, self.code), *map(_project, map(str, self.code)), *_installed())

    def locate(self, path: Any, *, writing: bool = False) -> Any:
        """The real path behind a path; a descriptor and an empty path stay as they are.

        Raises:
            OSError: the path is to be written, and on Lambda it cannot be (EROFS).
        """
        if isinstance(path, int) or not path:
            return path
        given = os.fspath(path)
        real = self._redirected(os.fsdecode(given), writing)
        return os.fsencode(real) if isinstance(given, bytes) else real

    def change_folder(self, path: Any) -> None:
        """Make a folder the working folder.

        Raises:
            OSError: there is no such folder.
        """
        if not stat.S_ISDIR(STATUS(self.locate(path)).st_mode):
            raise OSError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path)
        self.folder = os.path.normpath(os.path.join(self.folder, os.fsdecode(path)))

    def remove(self) -> None:
        """Remove its /tmp."""
        if self._temporary is not None:
            shutil.rmtree(self._temporary, ignore_errors=True)
            self._temporary = None

    def _redirected(self, path: str, writing: bool) -> str:
        absolute = os.path.join(self.folder, path)
        plain = os.path.normpath(absolute)
        if self._temporary is not None and _below(plain, (self._temporary,)):
            return absolute
        if not _below(plain, self._kept):
            root = next((root for root in _temporary_roots() if _below(plain, (root,))), None)
            if root is not None:
                return self._own_temporary() + plain[len(root):]
        if writing and not _below(plain, ALWAYS_WRITABLE):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), path)
        return absolute

    def _own_temporary(self) -> str:
        if self._temporary is None:
            self._temporary = str(self.parent / f"tmp-{next(NUMBERS)}")
            MAKE_FOLDER(self._temporary)
        return self._temporary


def _below(path: str, folders: Iterable[str]) -> bool:
    return any(path == folder or path.startswith(folder + os.sep) for folder in folders)


def _project(folder: str) -> str:
    """The folder of /tmp in which code is: a project there is seen whole, as it is elsewhere."""
    for root in _temporary_roots():
        if _below(folder, (root,)):
            return os.sep.join([root, *folder[len(root):].split(os.sep)[1:2]])
    return folder


@cache
def _temporary_roots() -> tuple[str, ...]:
    """The folders that stand for /tmp, also by their names without links."""
    return tuple(dict.fromkeys(_by_all_names(("/tmp", tempfile.gettempdir()))))


@cache
def _installed() -> tuple[str, ...]:
    """The folders of the interpreter, of libraries and of the harness; none that holds a /tmp."""
    own = Path(harness.__file__).parents[1]
    folders = _by_all_names((sys.prefix, sys.base_prefix, str(own), *filter(None, sys.path)))
    return tuple(dict.fromkeys(
        folder for folder in folders
        if os.path.isabs(folder) and not any(_below(r, (folder,)) for r in _temporary_roots())))


def _by_all_names(folders: Iterable[str]) -> Iterator[str]:
    for folder in folders:
        yield os.path.normpath(folder)
        with suppress(OSError):
            yield os.path.realpath(folder)
