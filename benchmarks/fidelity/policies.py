"""Filter policies of SNS that AWS refuses, as LocalStack's tests send them."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.fidelity.comparison import LOCALSTACK, Comparison
from harness.functions.events import PatternInvalid, event_pattern

TESTS = f"{LOCALSTACK}/sns/test_sns_filter_policy.py"
ABOUT = ("test_validate_policy", "test_policy_complexity")


def policies(folder: Path) -> Iterator[Comparison]:
    """The policies that a test gives before an error that it recorded."""
    path = folder / TESTS
    tree = ast.parse(path.read_text("utf-8") if path.is_file() else "")
    for test in ast.walk(tree):
        if isinstance(test, ast.FunctionDef) and test.name.startswith(ABOUT):
            for label, policy in _given(test):
                yield Comparison(f"{test.name}: {label}", "refused", _answer(policy))


def _given(test: ast.FunctionDef) -> Iterator[tuple[str, Any]]:
    """The label of each recorded error, with the document that was made last before it."""
    nodes = [node for node in ast.walk(test) if isinstance(node, ast.Assign | ast.Call)]
    policy: Any = None
    for node in sorted(nodes, key=lambda each: (each.lineno, each.col_offset)):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict):
            policy = _literal(node.value)
        label = _label(node)
        if label.startswith("error") and policy is not None:
            yield label, policy


def _literal(document: ast.Dict) -> Any:
    """A document; None for one that is computed."""
    try:
        return ast.literal_eval(document)
    except ValueError:
        return None


def _label(node: ast.Assign | ast.Call) -> str:
    matches = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and (
        node.func.attr == "match") and node.args
    first = node.args[0] if isinstance(node, ast.Call) and matches else None
    return str(first.value) if isinstance(first, ast.Constant) else ""


def _answer(policy: Any) -> str:
    try:
        event_pattern(json.dumps(policy))
    except PatternInvalid:
        return "refused"
    return "taken"
