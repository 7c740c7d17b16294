"""The words of a run: failures at once, passes when they are certain, recommendations last."""

from __future__ import annotations

from typing import Any

import pytest

from harness.entry.run_reporter import RunReporter


def verdict(id: str, outcome: str = "passed", level: str = "MUST") -> dict[str, Any]:
    return {"id": id, "outcome": outcome, "level": level, "reason": "", "examples": 1,
            "commands": 1, "triggers": 1, "seconds": 0.0}


@pytest.mark.parametrize("verbose", [False, True])
def test_passed_never_comes_before_failed(
    verbose: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    """A requirement that scenarios of another one violate was not said to have passed."""
    reporter = RunReporter(verbose=verbose)
    reporter.start(["CMD-07", "CMD-08"])
    for each in (verdict("CMD-07"), verdict("CMD-08"), verdict("CMD-08", "failed")):
        reporter.verdict(each)
    before = capfd.readouterr().out
    reporter.rest()
    assert ("passed" in before, "CMD-08  failed" in before, "held so far" in before) == (
        False, True, verbose)
    assert capfd.readouterr().out == "CMD  1 passed  1 scenarios, 1 commands, 0.0 s\n"


def test_a_failure_is_told_at_once(capfd: pytest.CaptureFixture[str]) -> None:
    """Its story stands there before the next verdict comes, whatever the order of ids."""
    reporter = RunReporter()
    reporter.start(["API-01", "PRJ-02"])
    reporter.verdict(verdict("PRJ-02", "failed"), "PRJ-02 (MUST) Any event.\n\nViolated")
    assert capfd.readouterr().out.endswith("PRJ-02 (MUST) Any event.\n\nViolated\n\n")
    reporter.verdict(verdict("API-01"))
    assert capfd.readouterr().out == ""


def test_a_violated_recommendation_is_told_in_full_in_the_end(
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Its story comes under Warnings, and among the failures stands its line alone."""
    reporter = RunReporter()
    reporter.start(["SYS-04"])
    reporter.verdict(verdict("SYS-04", "failed", "SHOULD"), "SYS-04 (SHOULD) ...\nViolated: lacks")
    assert "Violated" not in capfd.readouterr().out
    assert list(reporter.warnings()) == [
        "\nWarnings", "\nSYS-04 (SHOULD) ...\nViolated: lacks\n"]
