"""The marks by which a test is known as one of a suite; pytest imports this in every session."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

MARK = "cqrs_requirement"
FIXTURE = "conform"
"""The fixture of a test that judges; other tests are none of ours, whatever their markers."""
CARRIED = "cqrs"
"""The attribute of a test report that carries a verdict, also between processes."""


def requirement_id(item: pytest.Item) -> str | None:
    """Return the requirement that a test judges, if it is one of a suite."""
    ours = FIXTURE in getattr(item, "fixturenames", ())
    mark = item.get_closest_marker(MARK) if ours else None
    return str(mark.args[0]) if mark and mark.args else None
