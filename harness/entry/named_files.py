"""Files that an option names, written line by line."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from harness.core.errors import UserMistake


def write_lines(option: str, path: str, lines: Iterable[str]) -> None:
    """Write lines to the file of an option; ``-`` is the standard output.

    Raises:
        UserMistake: the file cannot be written.
    """
    if path == "-":
        for line in lines:
            print(line)
        return
    try:
        with Path(path).open("w", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)
    except OSError as error:
        raise UserMistake(f"{option} {path}", str(error), "name a file that can be written"
                          ) from None
