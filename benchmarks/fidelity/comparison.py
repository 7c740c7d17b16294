"""One comparison with AWS, and reading what was recorded."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LOCALSTACK = "localstack/tests/aws/services"
COMMENT = re.compile(r'^\s*//.*$|\s//[^"\n]*$', re.MULTILINE)
TRAILING_COMMA = re.compile(r",(\s*[}\]])")


@dataclass(frozen=True, slots=True)
class Comparison:
    """A case by name, AWS's answer, and the answer that is given here."""

    name: str
    on_aws: Any
    here: Any

    @property
    def agrees(self) -> bool:
        """True if both are the same."""
        return bool(self.on_aws == self.here)


def snapshots(folder: Path, file: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The name of each test of a file of LocalStack's, and its recorded content."""
    path = folder / LOCALSTACK / file
    if path.is_file():
        for name, snapshot in json.loads(path.read_text("utf-8")).items():
            yield name.partition("::")[2], snapshot["recorded-content"]


def snapshot(folder: Path, file: str, ending: str) -> dict[str, Any]:
    """The recorded content of the test whose name ends so; empty if there is none."""
    found = (content for name, content in snapshots(folder, file) if name.endswith(ending))
    return next(found, {})


def json5(path: Path) -> Any:
    """A file of JSON with comments and trailing commas."""
    return json.loads(TRAILING_COMMA.sub(r"\1", COMMENT.sub("", path.read_text("utf-8"))))
