"""A system as files that travel to workers: its template's folder, its code, contract, dialect.

Paths stay as they are to each other, from the folder that holds all of them.
"""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from harness.core.errors import UserMistake
from harness.core.python_files import file_and_attribute
from harness.template import Template

LEFT_OUT = frozenset({
    ".git", ".hg", ".venv", "venv", ".tox", ".nox", "__pycache__", ".mypy_cache", ".ruff_cache",
    ".pytest_cache", ".hypothesis", ".cqrs-conformance", ".terraform", ".idea", ".vscode"})
"""Folders that no function runs from."""
MOST_BYTES = 256 * 1024 * 1024
"""Bytes of all files together; Lambda takes 250 MB of unpacked code for a function."""


@dataclass(frozen=True, slots=True)
class System:
    """The names of a system's parts, as options have them; ``template``: a path."""

    template: str
    contract: str
    dialect: str | None = None


@dataclass(frozen=True, slots=True)
class Bundle:
    """A system's files, packed. ``root``: the folder that they come from, for messages."""

    system: System
    root: str
    packed: bytes

    def unpack(self, folder: Path) -> System:
        """Write the files into an empty folder; return the system that is there now."""
        with zipfile.ZipFile(io.BytesIO(self.packed)) as archive:
            for each in archive.infolist():
                path = Path(archive.extract(each, folder))
                path.chmod(each.external_attr >> 16 & 0o777 | 0o600)
        return _with_paths(self.system, lambda path: folder / path.relative_to(self.root))


def pack(system: System, template: Template) -> Bundle:
    """Pack a system's files.

    Raises:
        UserMistake: they are too many.
    """
    places = sorted(set(_places(system, template)))
    root = Path(os.path.commonpath(
        [place if place.is_dir() else place.parent for place in places]))
    files = sorted({file for place in places for file in _files(place)})
    if sum(file.stat().st_size for file in files) > MOST_BYTES:
        raise UserMistake(f"the files of {system.template}", f"more than {MOST_BYTES >> 20} MB",
                          "put the template into a folder that holds only the system")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
        for file in files:
            archive.write(file, file.relative_to(root))
    return Bundle(_with_paths(system, lambda path: path), str(root), buffer.getvalue())


def _places(system: System, template: Template) -> Iterator[Path]:
    yield template.path.resolve().parent
    for function in template.functions:
        for path in (function.code, *function.layers):
            if isinstance(path, Path):
                yield path.resolve()
    contract = file_and_attribute(system.contract, "")
    if contract is not None:
        yield contract[0].resolve().parent
    if system.dialect is not None:
        yield Path(system.dialect).resolve()
    if template.settings.path is not None:
        yield Path(template.settings.path).resolve()


def _files(place: Path) -> Iterator[Path]:
    if place.is_file():
        yield place
        return
    for folder, names, files in os.walk(place):
        names[:] = sorted(set(names) - LEFT_OUT)
        yield from (path for name in files if (path := Path(folder, name)).is_file())


def _with_paths(system: System, changed: Callable[[Path], Path]) -> System:
    """Return a system with the whole path of each of its files, changed."""
    def path(text: str) -> str:
        return str(changed(Path(text).resolve()))

    place = file_and_attribute(system.contract, "")
    contract = system.contract
    if place is not None:
        contract = path(str(place[0])) + (f":{place[1]}" if place[1] else "")
    return replace(system, template=path(system.template), contract=contract,
                   dialect=system.dialect and path(system.dialect))
