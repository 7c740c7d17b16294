"""The modules that belong to an implementation, as against the libraries that all share.

Modules in the code folder and in layers are the implementation's own: each environment imports
them afresh. Libraries outside these folders, or installed into them as distributions, are the
runtime, and shared.
"""

from __future__ import annotations

import sys
from pathlib import Path

SDK = frozenset({"boto3", "botocore", "s3transfer", "jmespath", "urllib3", "dateutil", "six"})
"""Shared even when a code folder has a copy: the stage intercepts the one of this process."""

_OWN_NAMES: dict[Path, frozenset[str]] = {}
_LOADED: dict[frozenset[str], tuple[int, list[str]]] = {}


def own_names(folder: Path) -> frozenset[str]:
    """The top-level names of an implementation's own modules in a folder of code."""
    if folder not in _OWN_NAMES:
        found = {entry.stem for entry in folder.iterdir() if _is_importable(entry)}
        _OWN_NAMES[folder] = frozenset(found - _installed(folder) - SDK - {"__init__"})
    return _OWN_NAMES[folder]


def loaded_below(names: frozenset[str]) -> list[str]:
    """The loaded modules below those top-level names.

    The answer is kept for as long as the number of loaded modules stays the same.
    """
    size, found = _LOADED.get(names, (-1, []))
    if size != len(sys.modules):
        found = [name for name in sys.modules if name.partition(".")[0] in names]
        _LOADED[names] = len(sys.modules), found
    return [name for name in found if name in sys.modules]


def _is_importable(entry: Path) -> bool:
    return entry.suffix == ".py" or (entry.is_dir() and entry.name.isidentifier())


def _installed(folder: Path) -> set[str]:
    """The top-level names of distributions that were installed into the folder."""
    names: set[str] = set()
    for record in folder.glob("*.dist-info/RECORD"):
        for line in record.read_text("utf-8", "replace").splitlines():
            names.add(Path(line.split(",")[0].split("/")[0]).stem)
    return names
