"""Text that fits a terminal."""

from __future__ import annotations

import shlex

import pytest

from harness.report.wrapping import fitted

COMMAND = ("Reproduce: cqrs-conformance run --contract orders --template 'my folder/template.yaml' "
           "--profile smoke --requirement CMD-10 --seed 3954246489 --no-known")


def test_a_longer_line_goes_on_further_in() -> None:
    """A step's sentence goes on below its own first word."""
    assert fitted("  1. A client sends something that is long", 30) == (
        "  1. A client sends something\n     that is long")


def test_a_line_that_fits_stays() -> None:
    """Nothing else changes, and without a terminal nothing does."""
    assert fitted("a  b\n\nc", 80) == "a  b\n\nc"
    assert fitted(COMMAND, None) == COMMAND


@pytest.mark.parametrize("width", [80, 40])
def test_a_command_can_be_copied(width: int) -> None:
    """A shell reads the lines of a command as the command."""
    lines = fitted(COMMAND, width).split("\n")
    assert all(line.endswith(" \\") for line in lines[:-1])
    assert width < 80 or max(map(len, lines)) <= width
    joined = "\n".join(lines).removeprefix("Reproduce:")
    assert shlex.split(joined.replace("\\\n", " ")) == shlex.split(COMMAND)[1:]


def test_a_long_word_is_not_broken() -> None:
    """A path can be clicked and copied."""
    path = "/a" * 50
    assert path in fitted(f"  last PutItem there: {path}", 40).split("\n")[-1]


def test_an_unclosed_quote_is_no_command() -> None:
    """A line that only looks like a command is wrapped all the same."""
    assert fitted("Reproduce: cqrs-conformance run 'a b c d e f g h", 24).startswith("Reproduce:")
