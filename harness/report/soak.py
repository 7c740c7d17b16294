"""The figures of a soak, as lines of a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.core.json_values import to_json

LONGEST = 200
"""Characters of a view that the terminal shows."""


def render_soak(report: Mapping[str, Any]) -> Iterator[str]:
    """The summary of a soak's report."""
    yield (f"{report['commands']} commands and {report['queries']} queries, "
           f"{report['achieved_rate']:g} a second of {report['rate']:g}"
           + (f"; {report['unsent']} were never sent" if report["unsent"] else ""))
    yield f"statuses: {_pairs(report['statuses'])}"
    yield f"latency from the intended start, ms: {_pairs(report['latency_ms'])}"
    yield f"convergence of views, ms: {_pairs(report['convergence_ms'])}"
    for found in report["violations"]:
        yield (f"{found['number']} x {found['kind']}: aggregate {found['aggregate']!a}, expected "
               f"{_short(found['expected'])}, observed {_short(found['observed'])}")
    undecided = f", {report['undecided']} undecided" if report["undecided"] else ""
    yield f"soak: {report['lives']} lives judged{undecided}, " + (
        "violations found" if report["violations"] else "no violation found")


def _short(value: Any) -> str:
    """A value on a part of a line; the report has all of it."""
    text = to_json(value, ascii=True)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


def _pairs(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items()) or "none"
