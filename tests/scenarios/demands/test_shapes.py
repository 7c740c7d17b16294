"""The table of shapes: docs/contract.md, section 8, says what the code reads."""

from pathlib import Path

from scenarios.demands.requirements import REQUIREMENTS
from scenarios.demands.shapes import rows

PAGE = Path(__file__).parents[3] / "docs" / "contract.md"
HEADING = "| requirements | where | meaning |"


def test_page() -> None:
    """Each row of the page is one of the data, in the same order, and none is missing."""
    section = PAGE.read_text("utf-8").partition("\n## 8.")[2]
    table = section.partition(HEADING)[2].strip().split("\n\n")[0].splitlines()
    assert table[1:] == [str(row) for row in rows()]


def test_ids() -> None:
    """Every requirement of the table is one of the contract."""
    known = {requirement.id for requirement in REQUIREMENTS}
    assert {id for row in rows() for id in row.requirements} <= known
