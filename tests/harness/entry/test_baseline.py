"""Baselines: accepted failures do not fail a run, and none outlives its cause."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.core.errors import CONFORMS, DOES_NOT, NO_VERDICT, USAGE, UserMistake
from harness.core.verdict import Outcome
from harness.entry.baseline import concluded, read
from harness.report import summary
from scenarios.domains.orders import CONTRACT


def verdict(id: str, outcome: Outcome) -> dict[str, Any]:
    return {"id": id, "level": "MUST", "outcome": outcome.value, "reason": ""}


def written(folder: Path, text: str) -> Path:
    path = folder / "baseline.toml"
    path.write_text(text, "utf-8")
    return path


def test_read(tmp_path: Path) -> None:
    """A file gives the accepted requirements with their reasons."""
    path = written(tmp_path, '[accepted]\n"PRJ-02" = "until May"\n')
    assert read(path, CONTRACT) == {"PRJ-02": "until May"}


@pytest.mark.parametrize(("text", "message"), [
    ("nonsense", "give a TOML file"),
    ("", r"expected a table \[accepted\]"),
    ('[accepted]\n"PRJ-02" = " "\n', "of reasons by id"),
    ('[accepted]\n"PRJ-99" = "why"\n', "none of that id"),
], ids=["text", "empty", "no-reason", "unknown"])
def test_unusable(tmp_path: Path, text: str, message: str) -> None:
    """A file that cannot be meant is refused."""
    with pytest.raises(UserMistake, match=message):
        read(written(tmp_path, text), CONTRACT)


@pytest.mark.parametrize(("accepted", "code"), [({"PRJ-02": "why"}, CONFORMS), ({}, DOES_NOT)])
def test_exit_code(accepted: dict[str, str], code: int) -> None:
    """Only a failure that is not accepted fails the run."""
    found = [verdict("PRJ-01", Outcome.PASSED), verdict("PRJ-02", Outcome.FAILED)]
    assert concluded(found, accepted, strict=False, interrupted=False) == (code, [])


def test_never_conforms() -> None:
    """With an accepted failure selected requirements have passed, and no more."""
    found = [verdict("PRJ-02", Outcome.FAILED)]
    concluded(found, {"PRJ-02": "why"}, strict=False, interrupted=False)
    run = summary.Run("moto", "orders", None, "quick", 1, False, required=frozenset({"PRJ-02"}))
    assert summary.run_verdict(run, found, CONFORMS) == summary.SELECTED


@pytest.mark.parametrize(("other", "code"), [
    (Outcome.PASSED, USAGE), (Outcome.NOT_RUN, USAGE), (Outcome.FAILED, USAGE)])
def test_outlived(other: Outcome, code: int) -> None:
    """An acceptance of what passes is a mistake of the file; one of anything else is not."""
    found = [verdict("PRJ-01", Outcome.PASSED), verdict("PRJ-02", other)]
    accepted = {"PRJ-01": "why", "PRJ-02": "why"}
    ended, gone = concluded(found, accepted, strict=False, interrupted=False)
    assert (ended, gone) == (code, ["PRJ-01", "PRJ-02"] if other is Outcome.PASSED else ["PRJ-01"])


def test_interrupted() -> None:
    """A run that was interrupted has no verdict, whatever passed."""
    found = [verdict("PRJ-01", Outcome.PASSED)]
    assert concluded(found, {}, strict=False, interrupted=True) == (NO_VERDICT, [])
