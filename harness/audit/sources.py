"""Documents to audit: JSON Lines, JSON files and Parquet, in one file or a folder of them.

A large file of JSON Lines is read in pieces, which several processes can do at once.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from io import BufferedIOBase
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from harness.core.errors import UserMistake
from harness.core.json_values import parse_json, to_json

LINES = (".jsonl", ".ndjson", ".jsonlines", ".json")
PARQUET = ".parquet"
PIECE_BYTES = 16 * 1024 * 1024
KNOWN = (*LINES, *(f"{suffix}.gz" for suffix in LINES), PARQUET)


class SourceError(UserMistake):
    """An input cannot be read; the file and the line are named."""


class Line(NamedTuple):
    """One document as JSON text, and the place it was read from."""

    place: str
    text: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of an input: a file, or the lines of one that begin in a range of bytes.

    ``before``: how many lines the file has before the range.
    """

    path: str
    size: int
    start: int = 0
    end: int | None = None
    before: int = 0


def files_of(path: Path) -> list[Path]:
    """The files of an input, sorted; a folder's hidden files are left out.

    Raises:
        SourceError: there is none, or one has a form that is not known.
    """
    if not path.exists():
        raise SourceError(str(path), "there is no such file or folder", "name an existing one")
    found = [path] if path.is_file() else sorted(
        each for each in path.rglob("*") if each.is_file() and not each.name.startswith((".", "_")))
    for each in found:
        if path.is_dir() and not each.name.endswith(KNOWN):
            raise SourceError(str(each), "its form is not known", f"known: {', '.join(KNOWN)}")
    return found


def pieces(path: Path) -> Iterator[Piece]:
    """The pieces of a file, in order.

    Raises:
        SourceError: it cannot be read.
    """
    try:
        size = path.stat().st_size
        if size <= PIECE_BYTES or path.suffix in (".gz", ".json", PARQUET):
            yield Piece(str(path), size)
            return
        with path.open("rb") as file:
            yield from _cut(str(path), file)
    except OSError as error:
        raise _unreadable(path, error) from None


def _cut(path: str, file: BinaryIO) -> Iterator[Piece]:
    start = before = 0
    while block := file.read(PIECE_BYTES):
        rest = b"" if block.endswith(b"\n") else file.readline()
        end = file.tell()
        yield Piece(path, end - start, start, end, before)
        before += block.count(b"\n") + rest.count(b"\n")
        start = end


def read(piece: Piece) -> Iterator[Line]:
    """The documents of a piece.

    Raises:
        SourceError: a line is not in UTF-8, or the file cannot be read.
    """
    path = Path(piece.path)
    try:
        if path.name.endswith(PARQUET):
            yield from _parquet(path)
        elif path.name.removesuffix(".gz").endswith(".json"):
            yield from _json(path)
        else:
            yield from _lines(path, piece)
    except UnicodeDecodeError as error:
        raise SourceError(str(path), f"it is not UTF-8 ({error})", "write it anew") from None
    except (OSError, EOFError, zlib.error) as error:
        raise _unreadable(path, error) from None


def not_json(place: str, error: Exception) -> SourceError:
    """The error of a line that is not JSON."""
    return SourceError(f"line {place}", f"it is not JSON ({error})", "correct it")


def _unreadable(path: Path, error: Exception) -> SourceError:
    return SourceError(str(path), str(error), "see that it can be read")


def _lines(path: Path, piece: Piece) -> Iterator[Line]:
    with _opened(path) as file:
        file.seek(piece.start)
        place = piece.start
        for number, line in enumerate(file, piece.before + 1):
            text = line.decode("utf-8").strip()
            if text:
                yield Line(f"{path}:{number}", text)
            place += len(line)
            if piece.end is not None and place >= piece.end:
                return


def _json(path: Path) -> Iterator[Line]:
    """The documents of a file that is one JSON value, or has one on each line."""
    with _opened(path) as file:
        whole = _whole(path, file.read().decode("utf-8"))
    yield from _lines(path, Piece(str(path), 0)) if whole is None else whole


def _opened(path: Path) -> BufferedIOBase:
    return gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")


def _whole(path: Path, text: str) -> list[Line] | None:
    """The documents of a text that is one JSON value: an object, or a list of them."""
    try:
        value = parse_json(text)
    except ValueError:
        return None
    values = value if isinstance(value, list) else [value]
    return [Line(f"{path}, item {number}" if len(values) > 1 else str(path), to_json(each))
            for number, each in enumerate(values, 1)]


def _plain(value: Any) -> Any:
    """A value of Parquet as JSON has it: times as texts, absent members left out."""
    if isinstance(value, dict):
        return {name: _plain(member) for name, member in value.items() if member is not None}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


def _parquet(path: Path) -> Iterator[Line]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise SourceError(str(path), "Parquet needs the package pyarrow",
                          "pip install 'cqrs-conformance[scale]'") from None
    number = 0
    try:
        for batch in parquet.ParquetFile(path).iter_batches():
            for row in batch.to_pylist():
                number += 1
                yield Line(f"{path}, row {number}", to_json(_plain(row)))
    except pyarrow.ArrowException as error:
        raise SourceError(str(path), str(error), "write it anew") from None
