"""Documents to audit: JSON Lines, JSON files and Parquet, in one file or a folder of them."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TextIO

from harness.core.errors import UserMistake
from harness.core.json_values import parse_json, to_json

LINES = (".jsonl", ".ndjson", ".jsonlines", ".json")
PARQUET = ".parquet"
KNOWN = (*LINES, *(f"{suffix}.gz" for suffix in LINES), PARQUET)


class SourceError(UserMistake):
    """An input cannot be read; the file and the line are named."""


@dataclass(frozen=True, slots=True)
class Line:
    """One document: the place it was read from, its JSON text, and its value."""

    place: str
    text: str
    value: Any


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


def read(path: Path) -> Iterator[Line]:
    """The documents of a file.

    Raises:
        SourceError: a line is not JSON in UTF-8, or the file cannot be read.
    """
    try:
        yield from _parquet(path) if path.name.endswith(PARQUET) else _json(path)
    except UnicodeDecodeError as error:
        raise SourceError(str(path), f"it is not UTF-8 ({error})", "write it anew") from None
    except (OSError, EOFError) as error:
        raise SourceError(str(path), str(error), "see that it can be read") from None


def _json(path: Path) -> Iterator[Line]:
    with _opened(path) as file:
        if path.name.removesuffix(".gz").endswith(".json"):
            whole = _whole(path, file.read())
            if whole is not None:
                yield from whole
                return
            file.seek(0)
        for number, text in enumerate(file, 1):
            if text.strip():
                yield _line(f"{path}:{number}", text)


def _opened(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8")
    return path.open(encoding="utf-8")


def _whole(path: Path, text: str) -> list[Line] | None:
    """The documents of a file that is one JSON value: an object, or a list of them."""
    try:
        value = parse_json(text)
    except ValueError:
        return None
    values = value if isinstance(value, list) else [value]
    return [Line(f"{path}, item {number}" if len(values) > 1 else str(path), to_json(each), each)
            for number, each in enumerate(values, 1)]


def _line(place: str, text: str) -> Line:
    try:
        return Line(place, text.strip(), parse_json(text))
    except ValueError as error:
        raise SourceError(f"line {place}", f"it is not JSON ({error})", "correct it") from None


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
                yield _line(f"{path}, row {number}", to_json(_plain(row)))
    except pyarrow.ArrowException as error:
        raise SourceError(str(path), str(error), "write it anew") from None
