"""The facts that a session hands to its report."""

from __future__ import annotations

from harness.core import scenario_json
from harness.core.verdict import Verdict
from harness.entry import reports
from harness.entry.judge import Judge, Told
from harness.entry.verdicts import Document
from harness.report import summary


def run_of(judge: Judge, started: str) -> summary.Run:
    """The facts about a run as a whole."""
    given = judge.options
    return summary.Run(
        given.stage, given.contract, judge.implementation(), given.profile, given.set_seed,
        given.strict, (judge.settings().base_url or None) if judge.remote else None,
        tuple(judge.known_divergences()),
        frozenset(r.id for r in judge.contract.requirements), judge.contract.essential,
        started, reports.options_told(given))


def document_of(verdict: Verdict, told: Told | None) -> Document:
    """A verdict as in the report, with its story if it has one."""
    document = summary.document(verdict)
    if told is not None:
        document["counterexample"] |= told.document()
    return document


def other_violations_of(verdict: Verdict) -> dict[str, str]:
    """The scenarios that violated other requirements, as JSON, by the id of the requirement."""
    return {name: scenario_json.to_text(met) for name, met in verdict.other_requirements.items()}
