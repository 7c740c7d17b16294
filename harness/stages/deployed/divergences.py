"""Known divergences: where a stage itself is wrong, so that no implementation is blamed for it.

Each row of divergences.toml says on which paths it shows, which kinds of violations it explains
there, and the sentence of AWS's documentation that says otherwise. Each is tried when a stage is
opened: one that no longer occurs is an error, or it would go on excusing what nobody caused.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from urllib.parse import quote

from harness.core.violation import Kind, Violation

FILE = "divergences.toml"


@dataclass(frozen=True, slots=True)
class Divergence:
    """One row. ``path``: a pattern looked for in an id as it is sent, percent-encoded.

    ``api``: the kind of API, "rest" or "http", that the stage serves so.
    ``probe``: an id made of one that exists, which gets no 4xx as long as the divergence occurs.
    """

    stage: str
    api: str
    name: str
    path: str
    kinds: tuple[Kind, ...]
    probe: str
    happens: str
    documented: str
    source: str

    def explains(self, violation: Violation) -> bool:
        """Tell if a violation is no more than this."""
        return (violation.kind in self.kinds and violation.aggregate is not None
                and re.search(self.path, encoded(violation.aggregate)) is not None)


def encoded(id: str) -> str:
    """An id as it stands in a path."""
    return quote(id, safe="", errors="replace")


def known(stage: str, api: str) -> tuple[Divergence, ...]:
    """The divergences of a stage where it serves an API of that kind."""
    rows = tomllib.loads((files(__package__) / FILE).read_text("utf-8"))["divergence"]
    every = (Divergence(**{**row, "kinds": tuple(map(Kind, row["kinds"]))}) for row in rows)
    return tuple(row for row in every if (row.stage, row.api) == (stage, api))
