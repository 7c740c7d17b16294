"""Counterexamples of earlier runs: played again first, and accepted by a baseline."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from shutil import copytree
from typing import Any

from harness.core.contract_registry import reference_template
from harness.entry.judge import Judge
from harness.entry.known import known_failures
from harness.entry.options import RunOptions
from scenarios.domains.orders import CONTRACT

REFERENCE = reference_template(CONTRACT)


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cqrs_conformance", "run", "copy/template.yaml", "--profile",
         "smoke", "--seed", "7", *words], cwd=folder, capture_output=True, text=True,
        timeout=300, check=False)


def without_seconds(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: without_seconds(v) for k, v in value.items() if k != "seconds"}
    return [without_seconds(v) for v in value] if isinstance(value, list) else value


def broken(folder: Path) -> Path:
    """An implementation whose query shows another customer."""
    copytree(REFERENCE.parent, folder / "copy")
    changed = folder / "copy" / "lambdas" / "query.py"
    changed.write_text(changed.read_text("utf-8").replace(
        "reply(200, shown)", 'reply(200, {**shown, "customer": "?"})'), "utf-8")
    return changed


def found_in(report: Path) -> list[Any]:
    found = json.loads(report.read_text("utf-8"))["requirements"][0]
    return [found["examples"], found["commands"], found["triggers"],
            without_seconds(found["counterexample"])]


def test_runs_one_after_another(tmp_path: Path) -> None:
    """A second run first tells whether the kept failure still shows; figures stay the same.

    A baseline accepts it. After a correction it is said to hold, and the baseline is wrong.
    """
    changed = broken(tmp_path)
    first = run(tmp_path, "--requirement", "api-02", "--report-json", "first.json")
    (tmp_path / "accepted.toml").write_text('[accepted]\n"API-02" = "until May"\n', "utf-8")
    accepting = ("--requirement", "API-02", "--baseline", "accepted.toml")
    second = run(tmp_path, *accepting, "--report-json", "second.json")
    changed.write_text(changed.read_text("utf-8").replace(', "customer": "?"', ""), "utf-8")
    third = run(tmp_path, *accepting)
    assert (first.returncode, second.returncode, third.returncode) == (1, 0, 2)
    assert found_in(tmp_path / "first.json") == found_in(tmp_path / "second.json")
    for words in ("still fails", "--no-known", "accepted: API-02 (until May)",
                  "selected requirements passed"):
        assert words in second.stdout
    assert ("holds now" in third.stdout, "which no longer fails" in third.stdout) == (True, True)


def test_skipped_with_a_word(tmp_path: Path) -> None:
    """A file that cannot be read, or that this run does not judge, is named and not played."""
    (tmp_path / "PRJ-02-broken.json").write_text("{", "utf-8")
    told = list(known_failures(Judge(RunOptions(
        requirement=("API-03",), seed=1, counterexamples=str(tmp_path)), print)))
    assert (told[0][:26], told[1].split()) == (
        "Failures of earlier runs, ", ["PRJ-02-broken", "skipped:", "it", "cannot", "be", "read"])
