"""Explanations of requirements, as data: the files beside this one, read when asked for."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from harness.core.requirements import Explanation


def explained(requirement_id: str) -> Explanation | None:
    """The explanation of a requirement; None if there is none."""
    row = _table("requirements").get(requirement_id)
    if row is None:
        return None
    repair, source = _table("repairs")[row["repair"]], _table("sources")[row["source"]]
    return Explanation(row["threat"], row["mistakes"], repair["python"].strip("\n"),
                       repair["node"].strip("\n"), source["title"], source["url"])


@cache
def _table(name: str) -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath(f"{name}.toml").read_text("utf-8"))
