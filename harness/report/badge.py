"""A report as a badge: the JSON that shields.io reads from an endpoint."""

from __future__ import annotations

from typing import Any

from harness.core.verdict import Outcome

COLOURS = {"conforms": "brightgreen", "selected requirements passed": "green",
           "does not conform": "red", "no verdict": "lightgrey"}


def badge(report: dict[str, Any]) -> dict[str, Any]:
    """Return the badge of a report."""
    counts = report["counts"]
    judged = counts[Outcome.PASSED] + counts[Outcome.FAILED]
    figures = f" {counts[Outcome.PASSED]}/{judged}" if judged else ""
    return {"schemaVersion": 1, "label": f"CQRS {report['contract']}"[:60],
            "message": f"{report['verdict']}{figures}", "color": COLOURS[report["verdict"]]}
