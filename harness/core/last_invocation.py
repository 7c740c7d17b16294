"""The invocation that a process is in, kept where its parent reads it once the process has crashed.

The code of a Python function may end the interpreter itself, as a broken extension module does.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from mmap import mmap

_notes: list[mmap] = []


def keep_in(note: mmap) -> None:
    """Keep the invocations of this process in shared memory."""
    _notes[:] = [note]


def has_parent() -> bool:
    """Tell if this process is the command's own, and ends with it."""
    return bool(_notes)


@contextmanager
def noted(function: str, request: str) -> Iterator[None]:
    """Note an invocation while it runs; of those that overlap the last one that began."""
    if not _notes:
        yield
        return
    (note,) = _notes
    size = len(note)
    note[:size] = f"{function} (request {request})".encode()[:size].ljust(size, b"\0")
    try:
        yield
    finally:
        note[:1] = b"\0"
