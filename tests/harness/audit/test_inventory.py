"""S3 Inventories in place of a listing."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from harness.audit.inventory import InventoryObject, inventory_in
from harness.audit.sources import SourceError

SCHEMA = "Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size"


def inventory(folder: Path, lines: list[str], **changed: Any) -> Path:
    """An inventory as S3 writes it, copied into a folder."""
    document = {"sourceBucket": "events", "version": "2016-11-30", "fileFormat": "CSV",
                "fileSchema": SCHEMA, "files": [{"key": "x/data/1.csv.gz", "size": 1}], **changed}
    (folder / "manifest.json").write_text(json.dumps(document), "utf-8")
    (folder / "data").mkdir()
    with gzip.open(folder / "data" / "1.csv.gz", "wt", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)
    return folder


def test_current_objects(tmp_path: Path) -> None:
    """Keys are decoded; old versions and delete markers are left out."""
    found = inventory_in(inventory(tmp_path, [
        '"events","orders/a%2B1+%C3%A4.json","v2","true","false","12"',
        '"events","old","v1","false","false","12"',
        '"events","gone","v3","true","true",""',
        '"events","null-sized","v3","true","false",""']))
    assert (found.bucket, list(found.objects())) == (
        "events", [InventoryObject("orders/a+1 ä.json", 12), InventoryObject("null-sized", 0)])


@pytest.mark.parametrize(("changed", "message"), [
    ({"fileFormat": "ORC"}, "form is ORC; have S3 write inventories as CSV"),
    ({"fileSchema": "Bucket, Size"}, "no field Key"),
    ({"sourceBucket": None}, "names no bucket"),
    ({"files": [{"key": "x/data/2.csv.gz"}]}, "2.csv.gz: manifest.json lists it"),
])
def test_refused(tmp_path: Path, changed: dict[str, Any], message: str) -> None:
    """An inventory that cannot be read is told with its remedy."""
    with pytest.raises(SourceError, match=message):
        inventory_in(inventory(tmp_path, [], **changed))


def test_broken_files(tmp_path: Path) -> None:
    """A line with too few values, a file that is no gzip, and a folder without a manifest."""
    found = inventory_in(inventory(tmp_path, ['"events","a"']))
    with pytest.raises(SourceError, match=r"1\.csv\.gz:1: it has 2 values"):
        list(found.objects())
    (tmp_path / "data" / "1.csv.gz").write_text("no gzip")
    with pytest.raises(SourceError, match="copy it again"):
        list(found.objects())
    with pytest.raises(SourceError, match="give the folder of an S3 Inventory"):
        inventory_in(tmp_path / "data")
