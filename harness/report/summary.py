"""The verdict of a run, and its report as JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.core.errors import CONFORMS, DOES_NOT, NO_VERDICT, USAGE, UserMistake
from harness.core.requirements import Level
from harness.core.verdict import NOT_JUDGED, Counterexample, Outcome, Verdict
from harness.explore.counterexample_files import evidence
from harness.report.groups import group_documents
from harness.report.terminal import last_call
from harness.report.versions import tool


@dataclass(frozen=True, slots=True)
class Run:
    """The facts about a run as a whole; a black box has a URL, and perhaps no template.

    ``required``: the ids of the whole contract. ``essential``: those that have to be judged
    where a system is to conform. ``started``: in UTC, as ISO 8601 has it. ``options``: those that
    were given, without secrets.
    """

    stage: str
    contract: str
    template: str | None
    profile: str
    seed: int
    strict: bool
    base_url: str | None = None
    divergences: Sequence[dict[str, str]] = ()
    required: frozenset[str] = frozenset()
    essential: frozenset[str] = frozenset()
    started: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)


FORMAT = "cqrs-conformance report"
VERSION = 1


def counts_as_failed(verdict: dict[str, Any], strict: bool) -> bool:
    """True if a verdict document fails the run; a failure that a baseline accepts does not."""
    binding = verdict["level"] == Level.MUST.value or strict
    accepted = verdict.get("accepted") is not None
    return verdict["outcome"] == Outcome.FAILED.value and binding and not accepted


def exit_code(verdicts: Sequence[dict[str, Any]], strict: bool) -> int:
    """0 conforms, 1 does not, 3 no verdict."""
    outcomes = [verdict["outcome"] for verdict in verdicts]
    if any(counts_as_failed(verdict, strict) for verdict in verdicts):
        return DOES_NOT
    if Outcome.ERRORED in outcomes or Outcome.VACUOUS in outcomes:
        return NO_VERDICT
    accepted = any(verdict.get("accepted") is not None for verdict in verdicts)
    return CONFORMS if Outcome.PASSED in outcomes or accepted else NO_VERDICT


VERDICTS = {CONFORMS: "conforms", DOES_NOT: "does not conform", NO_VERDICT: "no verdict",
            USAGE: "no verdict"}
SELECTED = "selected requirements passed"
"""The verdict of a run that judged too little of a contract to say that a system conforms."""
JUDGED = (Outcome.PASSED, Outcome.FAILED)


def run_verdict(run: Run, verdicts: Sequence[dict[str, Any]], code: int) -> str:
    """The verdict in words: only the whole contract, its essential part judged, conforms."""
    asked = {verdict["id"] for verdict in verdicts
             if verdict["outcome"] != Outcome.NOT_RUN and verdict.get("accepted") is None}
    settled = {verdict["id"] for verdict in verdicts
               if verdict["outcome"] in (Outcome.PASSED, Outcome.NOT_APPLICABLE)}
    if code == CONFORMS and not (asked >= run.required and settled >= run.essential):
        return SELECTED
    return VERDICTS[code]


def report(
    run: Run, verdicts: Sequence[dict[str, Any]], seconds: float, code: int
) -> dict[str, Any]:
    """The report document; its members are those of report.schema.json, scripts read them."""
    counts = Counter(verdict["outcome"] for verdict in verdicts)
    return {
        "format": FORMAT,
        "version": VERSION,
        "tool": tool(),
        "started": run.started,
        "options": dict(run.options),
        "verdict": run_verdict(run, verdicts, code),
        "stage": run.stage,
        "contract": run.contract,
        "template": run.template,
        **({"base_url": run.base_url} if run.base_url else {}),
        **({"known_divergences": list(run.divergences)} if run.divergences else {}),
        "profile": run.profile,
        "seed": run.seed,
        "seconds": round(seconds, 3),
        "counts": {outcome.value: counts[outcome.value] for outcome in Outcome},
        "groups": group_documents(verdicts),
        "requirements": list(verdicts),
    }


def document(verdict: Verdict) -> dict[str, Any]:
    """A verdict as JSON-ready data."""
    found = verdict.counterexample
    return {
        "id": verdict.requirement.id,
        "level": verdict.requirement.level.value,
        "outcome": verdict.outcome.value,
        "reason": verdict.reason,
        "triggers": verdict.triggers,
        "examples": verdict.examples,
        "commands": verdict.commands,
        "seconds": round(verdict.seconds, 3),
        "requirement": verdict.requirement.sentence,
        "needs": list(verdict.requirement.needs),
        "counterexample": None if found is None else _counterexample(found),
        **_measured(verdict),
    }


def _measured(verdict: Verdict) -> dict[str, Any]:
    """The times that were measured, if there are any."""
    times = [round(seconds, 4) for seconds in sorted(verdict.measured)]
    return {"measured": times} if times else {}


def _counterexample(found: Counterexample) -> dict[str, Any]:
    """The evidence, and what people look for first in it."""
    last, aggregate = last_call(found), found.violation.aggregate
    return {**evidence(found),
            "aggregate": aggregate and aggregate.replace(found.history.namespace, ""),
            "line": last.line if last else None}


class ReportError(UserMistake):
    """A report cannot be written."""


def check_writable(path: Path) -> None:
    """Check that a report can be written, without changing a file that is there.

    Raises:
        ReportError: it cannot.
    """
    new = not path.exists()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8"):
            pass
        if new:
            path.unlink()
    except OSError as error:
        raise _unwritable(path, error) from error


def write(path: Path, report: dict[str, Any]) -> None:
    """Write a report.

    Raises:
        ReportError: it cannot be written.
    """
    write_text(path, json.dumps(report, indent=2) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a file that the user named.

    Raises:
        ReportError: it cannot be written.
    """
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> ReportError:
    return ReportError(
        f"report {path}",
        f"cannot be written: {error.strerror or error}",
        "give a file in a folder that you may write to")


def closing(report: dict[str, Any]) -> list[str]:
    """The last lines of a run."""
    counts = ", ".join(f"{n} {outcome}" for outcome, n in report["counts"].items() if n)
    failed = [v["id"] for v in report["requirements"] if v["outcome"] == Outcome.FAILED]
    unjudged = [v["id"] for v in report["requirements"]
                if v["outcome"] in (Outcome.ERRORED, Outcome.VACUOUS)]
    judged = report.get("base_url") or report["template"]
    lines = [f"{judged} on {report['stage']}, contract {report['contract']}: {counts}"]
    lines += [f"known divergence of {report['stage']}, not held against anybody: {d['happens']}"
              for d in report.get("known_divergences", ())]
    lines += [f"violated: {', '.join(failed)}"] if failed else []
    lines += [one_cause(group["requirements"]) for group in report.get("groups", ())
              if len(group["requirements"]) > 1]
    lines += [f"not judged: {', '.join(unjudged)}"] if unjudged else []
    return [*lines, f"verdict: {report['verdict']}{_counted(report)} (seed {report['seed']}, "
                    f"{report['seconds']:.1f} s)", *_next(report)]


def _next(report: dict[str, Any]) -> list[str]:
    """The line that says what to do after a failure."""
    failed = [v["id"] for v in report["requirements"]
              if v["outcome"] == Outcome.FAILED and "accepted" not in v]
    first = next((group["requirements"][0] for group in report.get("groups", ())
                  if group["requirements"][0] in failed), next(iter(failed), None))
    if first is None or report.get("seeds"):
        return []
    return [f"next: repair {first} first; the same command then plays its counterexample before "
            "all else, and --report-html FILE draws it"]


def one_cause(ids: Sequence[str]) -> str:
    """The line about violated requirements that one fault explains; the first one tells most."""
    first, *others = ids
    return f"one cause: {first}, which {', '.join(others)} {_show(others)} as well"


def _show(ids: Sequence[str]) -> str:
    return "shows" if len(ids) == 1 else "show"


def _counted(report: dict[str, Any]) -> str:
    """How much a good verdict rests on."""
    if report["verdict"] not in (VERDICTS[CONFORMS], SELECTED):
        return ""
    counts = report["counts"]
    words = [f"{sum(counts[outcome] for outcome in JUDGED)} judged",
             *(f"{counts[outcome]} {outcome.value}" for outcome in NOT_JUDGED if counts[outcome])]
    return f": {', '.join(words)}"
