"""The result of an audit, as text, as JSON and as Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from harness.audit.findings import AuditResult, Finding, Found
from harness.core.json_values import to_json
from harness.report.markdown import fenced

SHOWN = 20
"""Findings that the terminal shows; the report has all of them."""
MEANINGS = {
    Finding.GAP: "events are missing",
    Finding.DUPLICATE: "two events have one version, or one eventId two versions",
    Finding.REFUSED_EVENT: "the rules would have refused an event",
    Finding.DELETED_SHOWN: "a view is shown, and the events say that nothing is there",
    Finding.STALE_VIEW: "the view is the fold of earlier events",
    Finding.WRONG_VIEW: "the view is the fold of no number of events",
    Finding.MISSING_VIEW: "the events give a view, and there is none",
    Finding.ORPHAN_VIEW: "there is a view without any event",
    Finding.FOREIGN_OBJECT: "a line that is no event, view or reply of the contract",
    Finding.ACKNOWLEDGED_LOST: "an acknowledged command left no event",
    Finding.APPLIED_TWICE: "a repeated command took effect twice",
    Finding.CONTRADICTED_REPLY: "a reply says something else than the events",
}


def render_audit(result: AuditResult) -> str:
    """The summary for a terminal."""
    read = _read(result)
    if not result.findings:
        return f"{read}\naudit: nothing found"
    return "\n".join([*_lines(result), "", read, *_counts(result)])


def audit_document(contract: str, result: AuditResult) -> dict[str, Any]:
    """The report: what was read, and every finding."""
    return {
        "contract": contract,
        "aggregates": result.aggregates, "events": result.events, "views": result.views,
        "replies": result.replies,
        "findings": [found.to_json() for found in result.findings],
    }


def repair_plan(result: AuditResult) -> Iterator[str]:
    """The events to deliver again, a line each, in the order of aggregates and versions."""
    for found in result.findings:
        for event in found.again:
            yield to_json({"aggregate": found.aggregate, **event, "because": found.kind.value})


def audit_markdown(contract: str, result: AuditResult) -> str:
    """The summary as Markdown."""
    said = f"{len(result.findings)} found" if result.findings else "nothing found"
    lines = [f"## cqrs-conformance: audit: {said}", "",
             f"Contract {contract}: {_read(result)}"]
    if result.findings:
        counted = Counter(found.kind for found in result.findings)
        lines += ["", "| kind | number | meaning |", "|---|---|---|"]
        lines += [f"| {kind.value} | {counted[kind]} | {MEANINGS[kind]} |"
                  for kind in Finding if counted[kind]]
        lines += ["", *fenced("\n".join(_lines(result)))]
    return "\n".join(lines) + "\n"


def _read(result: AuditResult) -> str:
    return (f"{result.aggregates} aggregates, {result.events} events, {result.views} views"
            + (f", {result.replies} replies" if result.replies else ""))


def _lines(result: AuditResult) -> Iterator[str]:
    for found in result.findings[:SHOWN]:
        yield f"{found.kind.value}  {_about(found)}"
    if len(result.findings) > SHOWN:
        yield f"... and {len(result.findings) - SHOWN} more (--report-json FILE has them all)"


def _about(found: Found) -> str:
    members = (f"{name} {to_json(value, ascii=True)}" for name, value in found.about.items())
    return f"{found.aggregate!a}: {', '.join(members)}"


def _counts(result: AuditResult) -> Iterator[str]:
    counted = Counter(found.kind for found in result.findings)
    for kind in Finding:
        if counted[kind]:
            yield f"  {counted[kind]:>6}  {kind.value}: {MEANINGS[kind]}"
    yield f"audit: {len(result.findings)} found"
