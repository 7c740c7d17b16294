"""The page on the article's system tells what the harness finds, and why."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.implementations.report_article import READINGS, PageError, page

DOCUMENT = Path(__file__).parents[2] / "docs" / "article.md"


def report(*failed: str) -> dict[str, Any]:
    return {"profile": "quick", "seed": 1,
            "requirements": [{"id": name, "outcome": "failed"} for name in failed]}


def readings() -> list[str]:
    found = tomllib.loads(READINGS.read_text("utf-8"))["reading"]
    return [name for reading in found for name in reading["violates"]]


class TestPage:
    def test_unread(self) -> None:
        """A violation that nobody has explained makes no page."""
        with pytest.raises(PageError, match=r"say in readings.toml .* violated: XYZ-01"):
            page(report("XYZ-01", *readings()))

    def test_no_longer_violated(self) -> None:
        """Nor does an explanation of what is not violated."""
        first, *others = readings()
        with pytest.raises(PageError, match=f"take out of readings.toml .* violated: {first}"):
            page(report(*others))

    def test_document(self) -> None:
        """The page that is published explains what the readings explain."""
        sections = re.findall(r"^## (\w+-\d+):", DOCUMENT.read_text("utf-8"), re.MULTILINE)
        assert sorted(sections) == sorted(readings())
