"""Explanations: every requirement has one, and the documentation has them all."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from harness.entry import cli
from scenarios.demands.explanations import explained
from scenarios.domains.orders import CONTRACT

PAGE = Path(__file__).parents[3] / "docs" / "requirements.md"
IDS = [r.id for r in CONTRACT.requirements]


@pytest.mark.parametrize("id", IDS)
def test_whole(id: str) -> None:
    """An explanation has every part, and a page of AWS."""
    found = explained(id)
    assert found is not None
    assert all((found.threat, found.mistakes, found.python, found.node, found.source))
    assert found.url.startswith(("https://docs.aws.amazon.com/", "https://aws.amazon.com/"))


def test_python_is_python() -> None:
    """The repairs in Python can be parsed, in a function."""
    for id in IDS:
        found = explained(id)
        assert found is not None
        ast.parse("def repair():\n" + "\n".join(f"    {line}" for line in found.python.split("\n")))


def test_unknown() -> None:
    """A requirement of somebody's own has none."""
    assert explained("OWN-01") is None


def test_command(capsys: pytest.CaptureFixture[str]) -> None:
    """The command explains the requirements that are named, in any case."""
    assert cli.main(["explain", "prj-02"]) == 0
    out = capsys.readouterr().out
    assert (out[:6], "Repair in Node.js" in out, "PRJ-03" in out) == ("PRJ-02", True, False)


def test_page(capsys: pytest.CaptureFixture[str]) -> None:
    """The page of the documentation is what the command prints."""
    cli.main(["explain", "--markdown"])
    assert PAGE.read_text("utf-8") == capsys.readouterr().out
