"""The command ``compare``: reports side by side.

Exit: 1 a requirement that passed in the first report failed in the last one, 0 none did, 2 a file
cannot be used.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from harness.core.errors import CONFORMS, DOES_NOT, UserMistake
from harness.report import comparison
from harness.report.summary import FORMAT, VERSION


class NoReport(UserMistake):
    """A file is no report that can be compared."""


def compare(given: argparse.Namespace, _: list[str]) -> int:
    """Print what differs and return the exit code."""
    if len(given.file) < 2:
        raise NoReport("compare", "one report is given", "give two or more")
    reports = [read(Path(name)) for name in given.file]
    render = comparison.markdown if given.markdown else comparison.terminal
    print("\n".join(render(given.file, reports, everything=given.all)))
    return DOES_NOT if any(row.worse for row in comparison.rows(reports)) else CONFORMS


def read(path: Path) -> dict[str, Any]:
    """Read a report.

    Raises:
        NoReport: there is none in the file, or one of another version.
    """
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise NoReport(str(path), f"cannot be read: {error}", "give a file of --report-json"
                       ) from None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise NoReport(str(path), "not a report of cqrs-conformance",
                       "give a file of --report-json")
    if found.get("version") != VERSION:
        raise NoReport(str(path), f"version {found.get('version')!r:.20} of the format",
                       f"make it again; this cqrs-conformance reads version {VERSION}")
    return found
