"""The folder of an audit: results of partitions as they are finished, and in the end all findings.

After a kill the same audit goes on with the partitions that are missing. All files are Parquet
but ``audit.json``, which tells the audit that the folder belongs to.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.audit.exports import ExportFile
from harness.audit.findings import Finding, Found
from harness.audit.run import Part, Work
from harness.audit.sources import Piece
from harness.core.errors import UserMistake
from harness.core.json_values import parse_json, to_json

if TYPE_CHECKING:
    import pyarrow

AUDIT, FINDINGS, PARTITIONS = "audit.json", "findings.parquet", "partitions"
COUNTED = b"cqrs-conformance"
"""The key of a partition's counts in the metadata of its file."""


class Kept:
    """The folder of one audit."""

    def __init__(self, folder: Path, work: Work) -> None:
        """Make the folder, or go on in it.

        Raises:
            UserMistake: it belongs to another audit, or cannot be written.
        """
        self._folder, self._partitions = folder, folder / PARTITIONS
        _check_installed(folder)
        self._claim(work)

    def _claim(self, work: Work) -> None:
        audit = self._folder / AUDIT
        try:
            self._partitions.mkdir(parents=True, exist_ok=True)
            if not audit.exists():
                _write(audit, to_json(_identity(work)).encode())
            known = json.loads(audit.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise UserMistake(f"--out {self._folder}", str(error),
                              "name a folder that can be written") from None
        if known != _identity(work):
            raise UserMistake(f"--out {self._folder}", "it belongs to another audit, or its inputs "
                              "have changed", "name a new folder")

    def finished(self) -> list[Part]:
        """The results of partitions that were finished before."""
        return [_read(file) for file in sorted(self._partitions.glob("*.parquet"))]

    def keep(self, part: Part) -> None:
        """Keep the result of a partition."""
        table = _table(part.findings).replace_schema_metadata(
            {COUNTED: json.dumps([part.number, part.counted])})
        _write_table(self._partitions / f"{part.number:04}.parquet", table)

    def conclude(self, findings: Iterable[Found]) -> None:
        """Write all findings into one file."""
        _write_table(self._folder / FINDINGS, _table(findings))


def _check_installed(folder: Path) -> None:
    try:
        import pyarrow.parquet  # noqa: F401  # only looked for
    except ImportError:
        raise UserMistake(f"--out {folder}", "Parquet needs the package pyarrow",
                          "pip install 'cqrs-conformance[scale]'") from None


def _identity(work: Work) -> dict[str, Any]:
    """The marks by which an audit is known again: contract, choices, and the inputs' sizes."""
    digest = hashlib.sha256()
    for sort, piece in work.pieces:
        if isinstance(piece, Piece | ExportFile):
            changed = os.stat(piece.path).st_mtime_ns if os.path.exists(piece.path) else 0
            digest.update(f"{sort} {piece} {changed}\n".encode("utf-8", "surrogatepass"))
    inputs = work.inputs
    stores = None if work.stores is None else list(work.stores.names())
    return {"contract": work.contract.name, "partitions": work.partitions,
            "since": inputs.since and inputs.since.isoformat(), "plan": inputs.plan,
            "views": inputs.with_views, "stores": stores, "inputs": digest.hexdigest()}


def _schema() -> pyarrow.Schema:
    import pyarrow

    text = pyarrow.string()
    return pyarrow.schema([("kind", text), ("aggregate", text), ("version", pyarrow.int64()),
                           ("place", text), ("about", text), ("again", text)])


def _table(findings: Iterable[Found]) -> pyarrow.Table:
    import pyarrow

    return pyarrow.Table.from_pylist([_row(found) for found in findings], _schema())


def _row(found: Found) -> dict[str, Any]:
    version = found.about.get("version")
    return {"kind": found.kind.value, "aggregate": _safe(found.aggregate),
            "version": version if isinstance(version, int) and abs(version) < 2**63 else None,
            "place": _safe(str(found.about.get("place", ""))) or None,
            "about": to_json([found.aggregate, found.about]), "again": to_json(found.again)}


def _safe(text: str) -> str:
    """A text that has a UTF-8 form; half a surrogate pair has none."""
    return text.encode("utf-8", "backslashreplace").decode()


def _read(file: Path) -> Part:
    from pyarrow import parquet

    table = parquet.read_table(file)
    number, counted = json.loads(table.schema.metadata[COUNTED])
    return Part(number, counted, tuple(_found(row) for row in table.to_pylist()))


def _found(row: dict[str, Any]) -> Found:
    aggregate, about = parse_json(row["about"])
    return Found(Finding(row["kind"]), aggregate, about, tuple(parse_json(row["again"])))


def _write_table(file: Path, table: pyarrow.Table) -> None:
    from pyarrow import parquet

    new = file.with_suffix(".new")
    parquet.write_table(table, new)
    os.replace(new, file)  # a kill leaves a whole file or none


def _write(file: Path, content: bytes) -> None:
    new = file.with_suffix(".new")
    new.write_bytes(content)
    os.replace(new, file)


def kept_as_they_come(kept: Kept | None, parts: Iterable[Part]) -> Iterator[Part]:
    """Keep each result, if there is a folder for it."""
    for part in parts:
        if kept is not None:
            kept.keep(part)
        yield part
