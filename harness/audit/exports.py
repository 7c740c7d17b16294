"""Exports of a DynamoDB table to S3, copied into a folder.

The manifest lists the data files, gzipped, one item a line in DynamoDB JSON ("DynamoDB table
export output format", Amazon DynamoDB Developer Guide).
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.audit.live import Form
from harness.audit.sources import Line, SourceError, not_json
from harness.core.attribute_values import plain_item
from harness.core.json_values import parse_json, to_json

MANIFEST = "manifest-files.json"
DATA = "data"


@dataclass(frozen=True, slots=True)
class ExportFile:
    """A data file of an export."""

    path: str
    size: int
    events: bool

    def read(self, form: Form) -> Iterator[Line]:
        """The events or views in it.

        Raises:
            SourceError: it is no such file.
        """
        try:
            with gzip.open(self.path, "rt", encoding="utf-8") as lines:
                for number, text in enumerate(lines, 1):
                    yield from self._line(form, f"{self.path}:{number}", text)
        except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
            raise SourceError(self.path, str(error), "export it again") from None

    def _line(self, form: Form, place: str, text: str) -> Iterator[Line]:
        item = _parsed(place, text).get("Item")
        if not isinstance(item, dict):
            raise SourceError(f"line {place}", "it has no Item", "give a full export")
        if not self.events:
            yield Line(place, form.item(item, ()))
            return
        plain = to_json(plain_item(item)) if form.dialect is None else to_json(item)
        event = form.event(place, plain)
        if event is not None:
            yield Line(place, event)


def is_export(path: Path) -> bool:
    """Tell if a folder holds an export."""
    return (path / MANIFEST).is_file()


def export_files(folder: Path, *, events: bool) -> list[ExportFile]:
    """The data files of an export, in the order of its manifest.

    Raises:
        SourceError: one of them is missing.
    """
    manifest = folder / MANIFEST
    found = []
    for number, text in enumerate(manifest.read_text("utf-8").splitlines(), 1):
        key = _parsed(f"{manifest}:{number}", text).get("dataFileS3Key")
        file = folder / DATA / Path(str(key)).name
        if not file.is_file():
            raise SourceError(str(file), f"{MANIFEST} lists it, and it is not there",
                              "copy the whole folder of the export")
        found.append(ExportFile(str(file), file.stat().st_size, events))
    return found


def _parsed(place: str, text: str) -> dict[str, Any]:
    try:
        value = parse_json(text)
    except ValueError as error:
        raise not_json(place, error) from None
    return value if isinstance(value, dict) else {}
