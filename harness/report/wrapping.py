"""Text that fits the width of a terminal: longer lines go on below, further in."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from textwrap import wrap

COMMAND = re.compile(r"(?P<head>Reproduce: | {7}or: )(?P<command>cqrs-conformance .*)")
"""A line with a command, which somebody copies: it goes on as a shell has it go on."""
FURTHER = 2
COLUMN = re.compile(r"\s*(?:\d+\. )?")
"""The place where a line's own text begins."""


def fitted(text: str, width: int | None) -> str:
    """Return a text of which no line is wider, where words are not; None: as it is."""
    if width is None:
        return text
    return "\n".join(part for line in text.split("\n") for part in _fitted(line, width))


def _fitted(line: str, width: int) -> list[str]:
    if len(line) <= width:
        return [line]
    command = COMMAND.fullmatch(line)
    if command is not None:
        return list(_continued(command["head"], command["command"], width))
    begin = COLUMN.match(line)
    assert begin is not None
    inner = min(begin.end() or FURTHER, width // 2)
    return wrap(line, width, subsequent_indent=" " * inner, drop_whitespace=True,
                break_long_words=False, break_on_hyphens=False)


def _continued(head: str, command: str, width: int) -> Iterator[str]:
    """The lines of a command, each but the last one with a backslash at its end."""
    line = head.rstrip()
    try:
        words = [shlex.quote(word) for word in shlex.split(command)]
    except ValueError:  # not a command after all
        words = command.split()
    for word in words:
        if len(line) + len(word) + 3 > width and line.strip():
            yield f"{line} \\"
            line = f"    {word}"
        else:
            line = f"{line} {word}"
    yield line
