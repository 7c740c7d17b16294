"""A report as Markdown, for the summary of a step in CI."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.core.verdict import Outcome

SIGNS = {Outcome.PASSED: "✅", Outcome.FAILED: "❌", Outcome.ERRORED: "⚠️", Outcome.VACUOUS: "⚠️"}
TROUBLE = (Outcome.FAILED, Outcome.ERRORED, Outcome.VACUOUS)


def markdown(report: dict[str, Any]) -> str:
    """Return the verdict, the stories of failures, and a table of all requirements."""
    return "\n".join([*_head(report), *_failures(report), *_table(report)]) + "\n"


def _head(report: dict[str, Any]) -> Iterator[str]:
    counts = ", ".join(f"{n} {outcome}" for outcome, n in report["counts"].items() if n)
    judged = report.get("base_url") or report["template"] or report["stage"]
    yield f"## cqrs-conformance: {report['verdict']}"
    yield ""
    yield (f"`{judged}` on {report['stage']}, contract {report['contract']}, profile "
           f"{report['profile']}, seed {report['seed']}: {counts} ({report['seconds']:.1f} s)")
    yield ""


def _failures(report: dict[str, Any]) -> Iterator[str]:
    for verdict in report["requirements"]:
        found = verdict["counterexample"]
        if found is not None:
            yield f"### {SIGNS[Outcome.FAILED]} {verdict['id']} ({verdict['level']})"
            yield ""
            yield f"{verdict['requirement']} {_accepted(verdict)}".rstrip()
            yield ""
            yield from fenced("\n".join(found.get("story", ())) or verdict["reason"])
            yield ""


def _accepted(verdict: dict[str, Any]) -> str:
    return f"(accepted: {verdict['accepted']})" if "accepted" in verdict else ""


def fenced(text: str) -> list[str]:
    """A block of text that stays as it is, whatever it contains."""
    fence = "```"
    while fence in text:
        fence += "`"
    return [f"{fence}text", text, fence]


def _table(report: dict[str, Any]) -> Iterator[str]:
    yield "| requirement | level | outcome | |"
    yield "|---|---|---|---|"
    for verdict in report["requirements"]:
        reason = verdict["reason"] if verdict["outcome"] != Outcome.PASSED else ""
        yield (f"| {verdict['id']} | {verdict['level']} | {sign(verdict['outcome'])} "
               f"| {cell(reason)} |")


def sign(outcome: str) -> str:
    """An outcome with its sign, if it has one."""
    return f"{SIGNS.get(Outcome(outcome), '')} {outcome}".strip()


def cell(text: str) -> str:
    """A text that may stand in a table."""
    return text.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")
