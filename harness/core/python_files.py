"""Objects in Python files that a user names as ``FILE.py:NAME``, with nothing to install.

A file is imported once in a process, and modules beside it can be imported meanwhile. Afterwards
its folder leaves ``sys.path``, so that an implementation never finds modules there by accident.
"""

from __future__ import annotations

import hashlib
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

SUFFIX = ".py"
OURS = ("harness", "scenarios", "reference_impl")
"""Packages that mean cqrs-conformance's own in a process that judges."""


class FileNotLoaded(Exception):
    """A file gives no object of a name; ``reason`` and ``remedy`` go into the user's message."""

    def __init__(self, reason: str, remedy: str) -> None:
        self.reason, self.remedy = reason, remedy
        super().__init__(reason)


def file_and_attribute(text: str, default: str) -> tuple[Path, str] | None:
    """Split ``FILE.py:NAME`` or ``FILE.py``; None if the text names no Python file."""
    if text.endswith(SUFFIX):
        return Path(text), default
    path, _, attribute = text.rpartition(":")
    return (Path(path), attribute or default) if path.endswith(SUFFIX) else None


def attribute_of(path: Path, name: str, kind: type) -> object:
    """Import a file and return its attribute; ``kind`` tells which others to offer instead.

    Raises:
        FileNotLoaded: there is no such file or attribute, or the file raises.
    """
    module = _imported(path)
    if not hasattr(module, name):
        names = sorted(n for n, value in vars(module).items() if isinstance(value, kind))
        raise FileNotLoaded(f"it has no {name}", _others(path, name, names, kind))
    found: object = getattr(module, name)
    return found


def _others(path: Path, name: str, names: list[str], kind: type) -> str:
    if not names:
        return f"define a {kind.__name__} of that name in it"
    near = get_close_matches(name, names, n=1) or names
    return f"it has {', '.join(names)}; give {path}:{near[0]}"


def _imported(path: Path) -> ModuleType:
    full = path.resolve()
    name = f"_file_{hashlib.sha256(str(full).encode()).hexdigest()[:16]}"
    if name in sys.modules:
        return sys.modules[name]
    spec = spec_from_file_location(name, full)
    if not full.is_file() or spec is None or spec.loader is None:
        raise FileNotLoaded("there is no such file", "give FILE.py:NAME, as seen from here")
    module = sys.modules[name] = module_from_spec(spec)
    try:
        with _importable(full.parent):
            spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        remedy = _shadowing(error, full.parent) or "correct it"
        raise FileNotLoaded(_told(error, full.parent), remedy) from error
    return module


def _shadowing(error: BaseException, folder: Path) -> str:
    """The remedy where a module is sought in a package of ours instead of the user's own."""
    package = (error.name or "").partition(".")[0] if isinstance(error, ImportError) else ""
    if package in OURS and (folder / package).is_dir():
        return f"rename the folder {package}: cqrs-conformance has a package of that name"
    return ""


@contextmanager
def _importable(folder: Path) -> Iterator[None]:
    """Let modules of a folder be imported, before others of their names, as a script does."""
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))


def _told(error: BaseException, folder: Path) -> str:
    """Name the last line of the user's files that the error has passed."""
    said = f"{type(error).__name__}: {error}"
    if isinstance(error, SyntaxError):
        return f"line {error.lineno} of {Path(error.filename or '').name}: {error.msg}"
    own = [frame for frame in traceback.extract_tb(error.__traceback__)
           if Path(frame.filename).is_relative_to(folder) and "site-packages" not in frame.filename]
    return f"line {own[-1].lineno} of {Path(own[-1].filename).name}: {said}" if own else said
