"""A run in a program of one's own: ``run`` judges a system and gives its report.

The run has a process of its own, as the command ``cqrs-conformance run`` has: functions do not end
the program, and nothing that it has imported or set changes a verdict.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

__all__ = ["Report", "RequirementResult", "RunMistake", "run"]

USAGE = 2


class RunMistake(ValueError):
    """A template, contract or option that cannot be used; the text says how to mend it."""


@dataclass(frozen=True, slots=True)
class RequirementResult:
    """One requirement of a report; ``story`` tells a failure, as the terminal does.

    ``outcome``: passed, failed, skipped, not promised, not applicable, errored, vacuous, not run.
    """

    id: str
    level: str
    outcome: str
    reason: str
    story: str | None


@dataclass(frozen=True, slots=True)
class Report:
    """The result of a run.

    ``verdict``: conforms, selected requirements passed, does not conform, no verdict.
    ``exit_code``: that of the command. ``document``: the whole report, see docs/report.md.
    """

    verdict: str
    exit_code: int
    requirements: tuple[RequirementResult, ...]
    document: dict[str, Any] = field(repr=False)

    @property
    def failed(self) -> tuple[RequirementResult, ...]:
        """The requirements that are violated."""
        return tuple(each for each in self.requirements if each.outcome == "failed")


def run(
    template: Path | str | None = None, *, contract: str | None = None,
    dialect: Path | str | None = None, profile: str | None = None,
    requirements: Sequence[str] = (), seed: int | None = None, strict: bool = False,
    arguments: Sequence[str] = (),
) -> Report:
    """Judge a system and return the report; what is not given is as for the command.

    ``requirements``: ids or families. ``arguments``: further options of the command, such as
    ``["--max-time", "5m"]``.

    Raises:
        RunMistake: the template, the contract or an option cannot be used.
        RuntimeError: the run ended without a report.
    """
    given: dict[str, object] = {
        "template": template, "contract": contract, "dialect": dialect, "profile": profile,
        "seed": seed, "requirement": ",".join(requirements) or None}
    words = [*_options(given), *(["--strict"] if strict else ()), *arguments]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "report.json"
        ended = subprocess.run(
            [sys.executable, "-m", "cqrs_conformance", "run", *words, "--report-json", str(path)],
            capture_output=True, text=True, check=False)
        if not path.exists() or ended.returncode == USAGE:
            raise (RunMistake if ended.returncode == USAGE else RuntimeError)(
                ended.stderr.strip() or ended.stdout.strip())
        return _report(json.loads(path.read_text("utf-8")), ended.returncode)


def _options(given: dict[str, object]) -> Iterator[str]:
    return (f"--{name}={value}" for name, value in given.items() if value is not None)


def _report(document: dict[str, Any], code: int) -> Report:
    return Report(document["verdict"], code, tuple(map(_result, document["requirements"])),
                  document)


def _result(each: dict[str, Any]) -> RequirementResult:
    found = each["counterexample"]
    story = "\n".join(found["story"]) if found and "story" in found else None
    return RequirementResult(each["id"], each["level"], each["outcome"], each["reason"], story)
