"""The last lines of a run: errors, accepted failures, and the verdict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from harness.core.errors import HarnessError
from harness.entry import reports
from harness.entry.judge import Judge
from harness.entry.run_reporter import accepted_lines
from harness.entry.verdicts import Verdicts
from harness.report import summary


def closing_lines(trouble: str | HarnessError | None, left: str | None) -> Iterator[str]:
    """Lines about an error that left no verdict, and about resources that are ``left`` behind."""
    if trouble is not None:
        yield f"no verdict: {trouble}"
    if left is not None:
        yield f"left behind: {left}; `cqrs-conformance cleanup` removes it later"


def report_lines(
    judge: Judge, verdicts: Verdicts, report: dict[str, Any], outlived: Sequence[str]
) -> Iterator[str]:
    """Lines that end a run with a report; ``outlived``: accepted failures that fail no longer."""
    if not judge.remote:
        from harness.stages.embedded.speedups import missing_speedups

        yield from missing_speedups()
    yield from accepted_lines(report["requirements"], outlived)
    yield from _unselected(judge, verdicts)
    yield from reports.for_ci(report)
    yield from summary.closing(report)


def _unselected(judge: Judge, verdicts: Verdicts) -> Iterator[str]:
    """A sentence about violations of requirements that were not selected."""
    if not judge.options.requirement:
        return
    left_out = {*judge.options.exclude, *judge.contract.not_promised}
    found = ",".join(verdicts.unselected(left_out))
    if found:
        yield f"met, though not selected: {found}; judge it with --requirement {found}"
