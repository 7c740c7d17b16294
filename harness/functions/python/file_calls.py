"""Python's functions that take a path, translated for the environment that calls them.

Code of the harness and of libraries outside a function calls the real ones. Extension modules that
open files by themselves are not seen, but for ``sqlite3``.
"""

from __future__ import annotations

import builtins
import io
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial, wraps
from typing import Any
from unittest import mock

from harness.functions.python.file_system import FileSystem

READING = ("access", "listdir", "lstat", "pathconf", "readlink", "scandir", "stat", "statvfs",
           "getxattr", "listxattr")
WRITING = ("chflags", "chmod", "chown", "lchmod", "lchown", "mkdir", "mkfifo", "mknod", "remove",
           "rmdir", "truncate", "unlink", "utime", "removexattr", "setxattr")
FROM_AND_TO = ("link", "rename", "replace", "symlink")
SETS = ("supports_dir_fd", "supports_effective_ids", "supports_fd", "supports_follow_symlinks")
"""Sets of functions by which other modules tell if one has a parameter."""
WRITE_FLAGS = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

Current = Callable[[], FileSystem | None]


@contextmanager
def translated(current: Current) -> Iterator[None]:
    """Translate paths for the file system that is current in the calling thread, if any."""
    with ExitStack() as patches:
        for name, made in _replacements(current):
            _replace(patches, name, made)
        patches.enter_context(mock.patch.object(builtins, "open", _open(current, open)))
        patches.enter_context(mock.patch.object(io, "open", builtins.open))
        patches.enter_context(
            mock.patch.object(sqlite3, "connect", _connecting(current, sqlite3.connect)))
        yield


def _replacements(current: Current) -> Iterator[tuple[str, Callable[..., Any]]]:
    makers = ((READING, partial(_with_path, writing=False)),
              (WRITING, partial(_with_path, writing=True)), (FROM_AND_TO, _from_and_to))
    for names, maker in makers:
        for name in names:
            if hasattr(os, name):
                yield name, maker(current, getattr(os, name))
    yield "open", _opening_descriptor(current, os.open)
    yield "chdir", _changing_folder(current, os.chdir)
    yield "getcwd", _telling_folder(current, os.getcwd)
    yield "getcwdb", _telling_folder(current, os.getcwdb)


def _replace(patches: ExitStack, name: str, made: Callable[..., Any]) -> None:
    real = getattr(os, name)
    for functions in (getattr(os, each) for each in SETS):
        if real in functions:
            functions.add(made)
            patches.callback(functions.discard, made)
    patches.enter_context(mock.patch.object(os, name, made))


def _with_path(
    current: Current, real: Callable[..., Any], *, writing: bool
) -> Callable[..., Any]:
    """A function whose first parameter is a path; ``listdir`` and ``scandir`` have a default."""

    @wraps(real)
    def call(path: Any = None, *args: Any, **named: Any) -> Any:
        files = current()
        if files is not None and named.get("dir_fd") is None:
            path = files.locate("." if path is None else path, writing=writing)
        return real(path, *args, **named)

    return call


def _from_and_to(current: Current, real: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(real)
    def call(src: Any, dst: Any, *args: Any, **named: Any) -> Any:
        files = current()
        if files is not None and not {"src_dir_fd", "dst_dir_fd", "dir_fd"} & named.keys():
            if os.path.isabs(src) or real.__name__ != "symlink":
                src = files.locate(src, writing=real.__name__ in ("rename", "replace"))
            dst = files.locate(dst, writing=True)
        return real(src, dst, *args, **named)

    return call


def _open(current: Current, real: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(real)
    def call(file: Any, mode: str = "r", *args: Any, **named: Any) -> Any:
        files = current()
        if files is not None:
            file = files.locate(file, writing=bool(set("wax+") & set(mode)))
        return real(file, mode, *args, **named)

    return call


def _opening_descriptor(current: Current, real: Callable[..., int]) -> Callable[..., int]:
    @wraps(real)
    def call(path: Any, flags: int, *args: Any, **named: Any) -> int:
        files = current()
        if files is not None and named.get("dir_fd") is None:
            path = files.locate(path, writing=bool(flags & WRITE_FLAGS))
        return real(path, flags, *args, **named)

    return call


def _changing_folder(current: Current, real: Callable[[Any], None]) -> Callable[[Any], None]:
    @wraps(real)
    def call(path: Any) -> None:
        files = current()
        if files is None or isinstance(path, int):
            real(path)
        else:
            files.change_folder(path)

    return call


def _telling_folder(current: Current, real: Callable[[], Any]) -> Callable[[], Any]:
    @wraps(real)
    def call() -> Any:
        files = current()
        if files is None:
            return real()
        return os.fsencode(files.folder) if real.__name__ == "getcwdb" else files.folder

    return call


def _connecting(current: Current, real: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(real)
    def call(database: Any, *args: Any, **named: Any) -> Any:
        files = current()
        if files is not None and database not in (":memory:", b":memory:") and not named.get("uri"):
            database = files.locate(database, writing=True)
        return real(database, *args, **named)

    return call
