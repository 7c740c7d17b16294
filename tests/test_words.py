"""Docstrings, headings and messages name their subject instead of asking for it.

A sentence that begins with one of ``FORBIDDEN`` hides the component that it is about. This test
reads every Python and Markdown file that the project wrote itself.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("harness", "scenarios", "reference_impl", "cqrs_conformance", "benchmarks", "tests",
           "docs")
FORBIDDEN = ("What", "Whether", "Who", "Whom", "Whoever", "Nobody", "Somebody")
OPENING = re.compile(rf"\s*(?:{'|'.join(FORBIDDEN)})\b")
HEADING = re.compile(r"#{1,6}\s+(.*)")
FENCE = re.compile(r"\s*(```|~~~)")
MESSAGE_ARGUMENTS = frozenset({"help", "description", "epilog", "metavar", "remedy", "reason"})
"""Keyword arguments whose text a user reads, whatever function takes them."""
PRINTING = frozenset({"print", "exit", "error", "fail", "skip", "echo", "warn", "write"})
"""Functions and methods whose first argument a user reads."""


def files(suffix: str) -> list[Path]:
    """The project's own files of a kind: no installed packages and no build results."""
    inside = (path for folder in FOLDERS for path in sorted((ROOT / folder).rglob(f"*{suffix}")))
    own = [path for path in inside
           if not {"node_modules", "__pycache__", ".venv"} & set(path.parts)]
    return [*sorted(ROOT.glob(f"*{suffix}")), *own]


def python_texts(source: str) -> Iterator[tuple[int, str]]:
    """The docstrings and messages of a module, each with its line."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            yield from literal(node.value)
        elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            yield from arguments(node.exc)
        elif isinstance(node, ast.Call):
            yield from arguments(node) if called(node) in PRINTING else keywords(node)


def arguments(call: ast.Call) -> Iterator[tuple[int, str]]:
    """The texts among all arguments of a call."""
    for value in (*call.args, *(keyword.value for keyword in call.keywords)):
        yield from literal(value)


def keywords(call: ast.Call) -> Iterator[tuple[int, str]]:
    """The texts among the arguments of a call that a user reads."""
    for keyword in call.keywords:
        if keyword.arg in MESSAGE_ARGUMENTS:
            yield from literal(keyword.value)


def called(call: ast.Call) -> str:
    """The last name of the function that is called."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def literal(node: ast.expr) -> Iterator[tuple[int, str]]:
    """A text, or the text that an f-string begins with."""
    first = node.values[0] if isinstance(node, ast.JoinedStr) and node.values else node
    if isinstance(first, ast.Constant) and isinstance(first.value, str):
        yield first.lineno, first.value


def headings(source: str) -> Iterator[tuple[int, str]]:
    """The headings of a Markdown file, each with its line."""
    fenced = False
    for number, line in enumerate(source.splitlines(), 1):
        fenced ^= FENCE.match(line) is not None
        found = HEADING.match(line)
        if found and not fenced:
            yield number, found[1]


def forbidden(texts: Iterator[tuple[int, str]], path: Path) -> list[str]:
    """The texts that begin with a forbidden word, by file and line."""
    return [f"{path.relative_to(ROOT)}:{line}: {text.strip().splitlines()[0]}"
            for line, text in texts if OPENING.match(text)]


class TestReading:
    """The test reads docstrings, messages and headings, so that it can fail."""

    @pytest.mark.parametrize("source", [
        '"""What a module is."""', 'def f():\n    """Whether it is."""',
        'LIMIT = 3\n"""Who asks."""', 'raise ValueError("nothing", "Nobody asked")',
        'raise ValueError(f"What {x} is")', 'print("Somebody asked")',
        'add("--seed", help="What is drawn")', 'parser.error("Whoever asks")',
    ])
    def test_python(self, source: str) -> None:
        """A docstring and a message are found wherever they stand."""
        assert [text for _, text in python_texts(source) if OPENING.match(text)] != []

    def test_markdown(self) -> None:
        """A heading is found, and a comment in a block of code is none."""
        source = "# What it is\n```sh\n# What a comment says\n```\n"

        assert list(headings(source)) == [(1, "What it is")]

    @pytest.mark.parametrize("suffix", [".py", ".md"])
    def test_files(self, suffix: str) -> None:
        """Every folder that has files of a kind is read."""
        assert len(files(suffix)) > 20


def test_python_texts() -> None:
    """No docstring and no message begins with a forbidden word."""
    found = [hit for path in files(".py")
             for hit in forbidden(python_texts(path.read_text("utf-8")), path)]

    assert found == []


def test_headings() -> None:
    """No heading begins with a forbidden word."""
    found = [hit for path in files(".md")
             for hit in forbidden(headings(path.read_text("utf-8")), path)]

    assert found == []
