"""The hook of a dialect: a user's functions for what data cannot say."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from harness.dialect.errors import DialectError
from harness.dialect.model import Hook

FUNCTIONS = ("request", "reply", "view", "stored", "published")


def find_hook(named: str, folder: Path, place: str) -> Hook:
    """The hook ``file.py:name``; the file is looked for in ``folder``.

    It is a mapping, or an object with attributes, of some of the functions ``FUNCTIONS``.

    Raises:
        DialectError: there is none of that name, or it has none of the functions.
    """
    file, _, name = named.partition(":")
    module = _module(folder / file, place)
    found = getattr(module, name, None)
    functions = {each: function for each in FUNCTIONS if callable(function := _of(found, each))}
    if not functions:
        raise DialectError(f"hook in {place}", expected=f"{name} with {' or '.join(FUNCTIONS)}",
                           got=f"{found!r:.80}", remedy="define at least one of the functions")
    return Hook(named, functions)


def _of(found: Any, name: str) -> Any:
    return found.get(name) if isinstance(found, Mapping) else getattr(found, name, None)


def _module(path: Path, place: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"cqrs_dialect_{path.stem}", path)
    try:
        if spec is None or spec.loader is None:
            raise FileNotFoundError(path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    except Exception as error:
        raise DialectError(f"hook in {place}", expected=f"the Python file {path}",
                           got=f"{type(error).__name__}: {error}", remedy="correct it") from error
    return module
