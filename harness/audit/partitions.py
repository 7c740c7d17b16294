"""Lines of one aggregate put together, with memory that does not grow with their number.

Each line goes to a partition by a digest of its aggregate; then one partition at a time is held in
memory. Little input is one partition.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

from harness.audit.sources import Line
from harness.core.contract import Contract
from harness.core.json_values import parse_json

PARTITION_BYTES = 32 * 1024 * 1024
"""Bytes of input that one partition is to have, about; in memory they take some ten times that."""
MOST_PARTITIONS = 4096
MOST_FILES = 512
"""Files that are open at once while lines are spread."""

Event = tuple[str, dict[str, Any]]
"""The place of a document, and the document."""


class Row(NamedTuple):
    """One line: its ``sort`` is "event", "view", "item" (of a live table) or "reply"."""

    sort: str
    place: str
    text: str


class StoredItem(NamedTuple):
    """An item of a live read model: its aggregate, and its attributes as DynamoDB has them."""

    id: str
    item: dict[str, Any]


@dataclass(slots=True)
class Lines:
    """All lines of one aggregate, each with its place and its value."""

    events: list[Event] = field(default_factory=list)
    views: list[Event] = field(default_factory=list)
    replies: list[Event] = field(default_factory=list)
    items: list[tuple[str, StoredItem]] = field(default_factory=list)


def partitions_for(size: int) -> int:
    """How many partitions an input of that many bytes gets."""
    return max(1, min(MOST_PARTITIONS, -(-size // PARTITION_BYTES)))


class Router:
    """Chooses the partition of a line.

    The id is found in most lines without reading all of their JSON. A line that names no
    aggregate goes anywhere, since it is foreign wherever it is.
    """

    def __init__(self, contract: Contract, number: int) -> None:
        self._number = number
        self._id = contract.id_member
        self._pattern = re.compile(rf'"{re.escape(contract.id_member)}"\s*:\s*"([^"\\]*)"')

    def partition(self, row: Row) -> int:
        """The number of a line's partition."""
        return crc32(self._aggregate(row).encode("utf-8", "surrogatepass")) % self._number

    def _aggregate(self, row: Row) -> str:
        # Without a backslash, whatever looks like the member is one, of the line or within it.
        if row.sort in ("event", "view") and "\\" not in row.text:
            found = self._pattern.findall(row.text)
            if len(found) == 1:
                return str(found[0])
        return self._read(row)

    def _read(self, row: Row) -> str:
        try:
            value = parse_json(row.text)
        except ValueError:  # told when the partition is judged
            return ""
        names = ("id", self._id) if row.sort in ("reply", "item") else (self._id,)
        found = next((value[name] for name in names if name in value), "") if isinstance(
            value, Mapping) else ""
        return found if isinstance(found, str) else ""


def spread(
    rows: Iterable[Row], router: Router, folder: Path, numbers: Collection[int]
) -> None:
    """Write each row into the file of its partition, if that is one of some."""
    with ExitStack() as opened:
        files = {number: opened.enter_context(
            spread_file(folder, number).open("a", encoding="utf-8", errors="surrogatepass",
                                             newline="\n"))
            for number in numbers}
        for row in rows:
            file = files.get(router.partition(row))
            if file is not None:
                file.write(f"{row.sort}\t{len(row.place)}\t{row.place}{row.text}\n")


def spread_file(folder: Path, number: int) -> Path:
    """The file of a partition."""
    return folder / f"{number:04}.rows"


def read_back(folder: Path, number: int) -> Iterator[Row]:
    """The rows of a partition's file."""
    with spread_file(folder, number).open(
            encoding="utf-8", errors="surrogatepass", newline="\n") as lines:
        for line in lines:
            sort, length, rest = line.split("\t", 2)
            yield Row(sort, rest[:int(length)], rest[int(length):-1])


def rows_of(sort: str, lines: Iterable[Line]) -> Iterator[Row]:
    """The lines of a source as rows."""
    for line in lines:
        yield Row(sort, line.place, line.text)
