"""The commands of the documentation's pages, and the comment before each that says if it is run.

Before a block of shell commands stands ``<!-- run in: PLACE -->`` (``PLACE, exit 1`` where it has
to fail) or ``<!-- not run: REASON -->``. What is run is run by ``test_pages.py``.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).parents[2]
FENCE = re.compile(r"^```(?:sh|bash|shell|console)\b[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMENT = re.compile(
    r"<!-- (?:run in: (?P<place>\w+)(?:, exit (?P<code>\d))?|not run: (?P<why>.+)) -->")
GENERATED = frozenset({"commands", "start", "contributing", "changes", "stages", "faults",
                       "carriers", "schemas", "last-power-run"})
"""Pages of the site that are made of other files when it is built."""
NAME = "cqrs-conformance"


@dataclass(frozen=True, slots=True)
class Block:
    """Shell commands of a page: the place where they are run, or the reason why they are not."""

    page: str
    line: int
    text: str
    place: str | None
    code: int
    why: str | None

    def commands(self) -> Iterator[list[str]]:
        """The words of each command, without comments, variables and redirections."""
        for line in self._lines():
            for part in re.split(r"\s&&\s|;\s", line):
                words = [word for word in shlex.split(part) if word not in ("&", "<", ">")]
                while words and re.match(r"[A-Z_]+=", words[0]):
                    del words[0]
                if words:
                    yield words

    def _lines(self) -> Iterator[str]:
        """The lines without comments; one that goes on in the next, also within quotes, is one."""
        waiting = ""
        for line in re.sub(r"\\\n\s*", " ", self.text).splitlines():
            waiting += re.sub(r"(^|\s)#\s.*$", "", line)
            if waiting.count("'") % 2 == 0:
                yield waiting
                waiting = ""


def pages() -> list[Path]:
    """The pages that people write, and those that a command of their own makes."""
    docs = (PROJECT / "docs").glob("*.md")
    return [PROJECT / "README.md", PROJECT / "CONTRIBUTING.md",
            *sorted(page for page in docs if page.stem not in GENERATED)]


def blocks(page: Path) -> list[Block]:
    """The blocks of shell commands of a page, in their order."""
    text = page.read_text("utf-8")
    return [_block(page, text, found) for found in FENCE.finditer(text)]


def _block(page: Path, text: str, found: re.Match[str]) -> Block:
    before = text[: found.start()].rstrip().rsplit("\n\n", 1)[-1]
    said = COMMENT.search(before)
    line = text[: found.start()].count("\n") + 1
    name = page.name if page.parent.name != "docs" else f"docs/{page.name}"
    if said is None:
        return Block(name, line, found[1], None, 0, None)
    return Block(name, line, found[1], said["place"], int(said["code"] or 0), said["why"])
