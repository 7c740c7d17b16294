"""Failures as annotations of GitHub, on the lines of the user's code.

Source: GitHub Docs, "Workflow commands for GitHub Actions", which also says what to escape.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.core.requirements import Level
from harness.core.verdict import Outcome


def github_commands(report: dict[str, Any]) -> Iterator[str]:
    """Yield a command for each failure: an error, or a warning where it does not fail the run."""
    for verdict in report["requirements"]:
        if verdict["outcome"] == Outcome.FAILED:
            yield _annotation(verdict)


def _annotation(verdict: dict[str, Any]) -> str:
    warns = "accepted" in verdict or verdict["level"] == Level.SHOULD.value
    file, _, line = str((verdict["counterexample"] or {}).get("line") or "").rpartition(":")
    about = {"file": file, "line": line if file else "", "title": verdict["id"]}
    named = ",".join(f"{name}={_property(value)}" for name, value in about.items() if value)
    said = f"{verdict['requirement']} Violated: {verdict['reason']}."
    return f"::{'warning' if warns else 'error'} {named}::{_data(said)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
