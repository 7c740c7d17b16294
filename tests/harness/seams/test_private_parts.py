"""Only harness/seams uses what is private or undocumented in the libraries that it covers."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import harness
import scenarios

DOCUMENTED = {
    "moto": {"moto", "moto.events.models"},
    "hypothesis": {"hypothesis", "hypothesis.stateful"},
    "botocore": {"botocore.awsrequest", "botocore.config", "botocore.credentials",
                 "botocore.exceptions", "botocore.session"},
}
"""The modules of each library that its documentation names, as far as they are used."""
TIED = ("_ready", "_scheduled", "_stopping", "_run_once", "_target", "_data", "_cache", "_getframe",
        "_current_frames", "_threads_queues")
"""Private attributes of CPython that have a seam."""
ROOMS = [Path(room.__file__ or "").parent for room in (harness, scenarios)]
FILES = [file for room in ROOMS for file in sorted(room.rglob("*.py"))
         if file.parent != ROOMS[0] / "seams"]


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def undocumented(module: str) -> bool:
    documented = DOCUMENTED.get(module.partition(".")[0])
    return documented is not None and module not in documented


def private_attributes(tree: ast.AST) -> Iterator[str]:
    """Underscored attributes of other objects than ``self`` and ``cls`` that have a seam."""
    for node in ast.walk(tree):
        if (isinstance(node, ast.Attribute) and node.attr in TIED
                and ast.unparse(node.value) not in ("self", "cls")):
            yield node.attr


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_module_leaves_private_parts_to_the_seams(file: Path) -> None:
    tree = ast.parse(file.read_text("utf-8"))
    found = [*filter(undocumented, imported(tree)), *private_attributes(tree)]
    assert found == [], f"{file} uses {', '.join(found)}: let harness/seams do it"


@pytest.mark.parametrize(("source", "found"), [
    ("import moto.s3.models", ["moto.s3.models"]),
    ("from botocore.auth import x", ["botocore.auth"]), ("loop._ready.clear()", ["_ready"]),
    ("self._data = moto", []), ("import hypothesis", []),
])
def test_private_parts_are_found(source: str, found: list[str]) -> None:
    """An undocumented module and a private attribute are found in a source."""
    tree = ast.parse(source)

    assert [*filter(undocumented, imported(tree)), *private_attributes(tree)] == found
