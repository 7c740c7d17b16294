"""Code that ``sam build`` has built for a template's functions, if it is newer than their source.

Source: AWS SAM Developer Guide, "sam build": artifacts and a copy of the template that names them
are in ``.aws-sam/build`` beside the template.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.template.describe.model import Function
from harness.template.read.documents import read
from harness.template.read.resources import mapping

NOT_SOURCE = frozenset({".aws-sam", ".git", ".venv", "__pycache__", "node_modules"})


def with_built_code(file: Path, functions: tuple[Function, ...]) -> tuple[Function, ...]:
    """The functions, with built code in place of source that has not changed since.

    Raises:
        TemplateUnreadable: the template that ``sam build`` has written is damaged.
    """
    made = file.parent / ".aws-sam" / "build" / "template.yaml"
    if not made.is_file():
        return functions
    resources = mapping(mapping(read(made)).get("Resources"))
    return tuple(_built(function, resources.get(function.logical_id), made)
                 for function in functions)


def _built(function: Function, resource: Any, made: Path) -> Function:
    properties = mapping(mapping(resource).get("Properties"))
    place = properties.get("CodeUri", properties.get("Code"))
    if not isinstance(place, str) or not isinstance(function.code, Path):
        return function
    code = made.parent / place
    newer = code.exists() and _newest(function.code) <= made.stat().st_mtime
    return replace(function, code=code) if newer else function


def _newest(source: Path) -> float:
    """When the source was changed last, in seconds since the epoch."""
    return max((path.stat().st_mtime for path in _files(source)), default=0.0)


def _files(source: Path) -> Iterator[Path]:
    if not source.is_dir():
        yield from (source,) if source.is_file() else ()
        return
    for folder, folders, names in os.walk(source):
        folders[:] = [name for name in folders if name not in NOT_SOURCE]
        yield from (path for path in (Path(folder, name) for name in names) if path.is_file())
