"""Printing: only the rooms report and entry write for a user."""

from __future__ import annotations

import ast
from pathlib import Path

import harness
import scenarios

PRINTING = ("report", "entry")
KNOWN = {"stages/controlled/watchdog.py"}
"""A function that does not come back blocks all else, so its end is reported from a thread."""


def prints(path: Path) -> bool:
    """Tell whether a module calls print, or writes to a standard stream."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in (
                "print", "sys.stdout.write", "sys.stderr.write"):
            return True
    return False


def test_only_report_and_entry_print() -> None:
    """Other rooms return values or raise errors, and never print."""
    found = set()
    for package in (harness, scenarios):
        root = Path(package.__file__ or "").parent
        found |= {str(path.relative_to(root)) for path in root.rglob("*.py")
                  if path.relative_to(root).parts[0] not in PRINTING and prints(path)}
    assert found == KNOWN
