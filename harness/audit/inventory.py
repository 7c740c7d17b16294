"""S3 Inventories of event buckets, copied into a folder, in place of listing the buckets.

The manifest names the bucket, the fields and the data files, gzipped CSV with keys that are
URL-encoded ("Amazon S3 Inventory list", Amazon S3 User Guide).
"""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote_plus

from harness.audit.sources import SourceError, not_json
from harness.core.json_values import parse_json

MANIFEST = "manifest.json"
FORM = "CSV"
PAST = {"IsLatest": "false", "IsDeleteMarker": "true"}
"""Fields whose value says that a line is no current object."""


class InventoryObject(NamedTuple):
    """An object of the inventory."""

    key: str
    size: int


@dataclass(frozen=True, slots=True)
class Inventory:
    """One inventory: its bucket, the fields of a line, and its data files in order."""

    bucket: str
    fields: tuple[str, ...]
    files: tuple[Path, ...]

    def objects(self) -> Iterator[InventoryObject]:
        """The current objects of the bucket, as they were when the inventory was made.

        Raises:
            SourceError: a data file is none.
        """
        for file in self.files:
            try:
                with gzip.open(file, "rt", encoding="utf-8", newline="") as lines:
                    for number, values in enumerate(csv.reader(lines), 1):
                        yield from self._object(f"{file}:{number}", values)
            except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
                raise SourceError(str(file), str(error), "copy it again") from None

    def _object(self, place: str, values: list[str]) -> Iterator[InventoryObject]:
        if len(values) != len(self.fields):
            raise SourceError(f"line {place}", f"it has {len(values)} values",
                              f"the manifest names {len(self.fields)} fields; copy it again")
        told = dict(zip(self.fields, values, strict=True))
        if not any(told.get(name) == value for name, value in PAST.items()):
            size = told.get("Size", "")
            yield InventoryObject(unquote_plus(told["Key"]), int(size) if size.isdecimal() else 0)


def inventory_in(folder: Path) -> Inventory:
    """The inventory whose manifest and data files are in a folder.

    Raises:
        SourceError: there is none, it has another form than CSV, or a data file is missing.
    """
    manifest = folder / MANIFEST
    document = _document(manifest)
    form, fields = document.get("fileFormat"), str(document.get("fileSchema", "")).split(",")
    if form != FORM:
        raise SourceError(str(manifest), f"the inventory's form is {form}",
                          "have S3 write inventories as CSV")
    named = tuple(name.strip() for name in fields)
    if "Key" not in named or not isinstance(document.get("sourceBucket"), str):
        raise SourceError(str(manifest), "it names no bucket, or no field Key",
                          "give the manifest.json of an inventory")
    return Inventory(document["sourceBucket"], named, tuple(_files(folder, document)))


def _files(folder: Path, document: dict[str, Any]) -> Iterator[Path]:
    known = {file.name: file for file in folder.rglob("*.csv.gz")}
    for each in document.get("files", []):
        name = Path(str(each.get("key"))).name
        if name not in known:
            raise SourceError(str(folder / name), f"{MANIFEST} lists it, and it is not there",
                              "copy the data files of the inventory as well")
        yield known[name]


def _document(manifest: Path) -> dict[str, Any]:
    try:
        found = parse_json(manifest.read_text("utf-8"))
    except OSError as error:
        raise SourceError(str(manifest), error.strerror or str(error),
                          "give the folder of an S3 Inventory") from None
    except ValueError as error:
        raise not_json(str(manifest), error) from None
    return found if isinstance(found, dict) else {}
