"""Lines of one aggregate put together, with memory that does not grow with their number.

Each line goes to one of several files by a digest of its aggregate; then one file at a time is held
in memory. Little input is held in memory at once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zlib import crc32

from harness.core.json_values import parse_json

PARTITION_BYTES = 32 * 1024 * 1024
"""Bytes of input that one partition is to have, about; in memory they take some ten times that."""
MOST_PARTITIONS = 512


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of an aggregate: ``sort`` is "event", "view" or "reply".

    ``value`` is the text's, where it was not read back from a file.
    """

    aggregate: str
    sort: str
    place: str
    text: str
    value: Any = None

    def packed(self) -> str:
        """The entry as a line of a partition's file."""
        return json.dumps([self.aggregate, self.sort, self.place, self.text])


@dataclass
class Lines:
    """All lines of one aggregate, each with its place and its value."""

    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    views: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    replies: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


def partitions_for(size: int) -> int:
    """How many partitions an input of that many bytes gets."""
    return max(1, min(MOST_PARTITIONS, -(-size // PARTITION_BYTES)))


def spread(entries: Iterable[Entry], folder: Path, number: int) -> list[Path]:
    """Write each entry into the file of its partition."""
    files = [folder / f"{each:03}.jsonl" for each in range(number)]
    with ExitStack() as opened:
        written = [opened.enter_context(file.open("w", encoding="utf-8")) for file in files]
        for entry in entries:
            name = entry.aggregate.encode("utf-8", "surrogatepass")
            written[crc32(name) % number].write(entry.packed() + "\n")
    return files


def gathered(entries: Iterable[Entry]) -> Iterator[tuple[str, Lines]]:
    """The lines of each aggregate, in the order of aggregates; a repeated line counts once."""
    found: dict[str, Lines] = {}
    known: set[tuple[str, str, str]] = set()
    for entry in entries:
        identity = (entry.aggregate, entry.sort, entry.text)
        if identity in known:
            continue
        known.add(identity)
        lines = found.setdefault(entry.aggregate, Lines())
        chosen = {"event": lines.events, "view": lines.views, "reply": lines.replies}[entry.sort]
        value = parse_json(entry.text) if entry.value is None else entry.value
        chosen.append((entry.place, value))
    for aggregate in sorted(found):
        yield aggregate, found[aggregate]


def read_back(file: Path) -> Iterator[Entry]:
    """The entries of a partition's file."""
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            yield Entry(*json.loads(line))
