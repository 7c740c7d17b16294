"""The options of a run, for the command line and for pytest."""

from __future__ import annotations

from dataclasses import Field, dataclass, fields
from typing import Any

from harness.explore.profiles import PROFILES
from harness.stages.options import StageOptions, option

CONTRACT_FORM = "NAME|FILE.py:NAME"
STANDARD_OUTPUT = "-"
"""The file of a report that is all of the standard output."""

UNITS = {"s": 1, "m": 60, "h": 3600}


def duration(text: str) -> float:
    """Seconds, as 90, 90s, 5m or 1h.

    Raises:
        ValueError: it is none of these.
    """
    number, unit = (text[:-1], text[-1]) if text[-1:] in UNITS else (text, "s")
    try:
        seconds = float(number) * UNITS[unit]
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise ValueError(f"expected a time such as 90, 90s or 5m, got {text!r}")
    return seconds


def positive(text: str) -> int:
    """A whole number above 0.

    Raises:
        ValueError: it is none.
    """
    if not text.isdecimal() or int(text) < 1:
        raise ValueError(f"expected a whole number above 0, got {text!r}")
    return int(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions(StageOptions):
    """All options of a run: the system to judge, the scenarios, the report and the stage."""

    contract: str = option("orders", "the contract's name, or a Python file that has it",
                           metavar=CONTRACT_FORM)
    template: str | None = option(
        None, "the implementation's SAM or CloudFormation template")
    dialect: str | None = option(
        None, "how the implementation speaks the contract, if not by the default", metavar="FILE")
    profile: str = option("quick", "how much is tried", choices=tuple(PROFILES))
    requirement: tuple[str, ...] = option(
        (), "judge only this requirement or family: PRJ-02, PRJ", metavar="ID", several=True)
    exclude: tuple[str, ...] = option(
        (), "do not judge this requirement or family", metavar="ID", several=True)
    baseline: str | None = option(
        None, "failures that are accepted, each with a reason", metavar="FILE")
    max_failures: int | None = option(
        None, "stop after so many violated requirements", metavar="N", parse=positive)
    max_time: float | None = option(
        None, "begin with no requirement after that: 90, 90s, 5m", metavar="TIME", parse=duration)
    no_known: bool = option(False, "do not play counterexamples of earlier runs first")
    seed: int | None = option(None, "repeat the run that had this seed", parse=int)
    verbose: bool = option(False, "a line for each requirement, also where it passed", short="-v")
    strict: bool = option(False, "a violated SHOULD fails the run")
    report_json: str | None = option(
        None, "write the report to this file; - is the standard output", metavar="FILE")
    report_markdown: str | None = option(
        None, "write a summary of the report as Markdown", metavar="FILE")
    report_html: str | None = option(
        None, "write the report as one HTML page", metavar="FILE")
    badge: str | None = option(None, "write a badge as JSON for shields.io", metavar="FILE")
    counterexamples: str | None = option(
        None, "where a counterexample is kept as a file (.cqrs-conformance/counterexamples)",
        metavar="FOLDER")
    quiet_pytest: bool = option(False, "lines per requirement, for the command")

    @property
    def set_seed(self) -> int:
        """The seed of the run; the plugin draws one before anything reads it."""
        assert self.seed is not None
        return self.seed


OPTIONS: dict[str, Field[Any]] = {each.name: each for each in fields(RunOptions)}
"""Every option of a run, by its name."""
JUDGED = ("stage", "contract", "template", "dialect", "profile", "requirement", "exclude",
          "baseline", "max_failures", "max_time", "no_known", "seed", "verbose", "strict",
          "report_json", "report_markdown", "report_html", "badge", "counterexamples")
"""The options that are not about reaching a stage, in the order of the command's help."""
REACHING = tuple(each.name for each in fields(StageOptions) if each.name != "stage")
"""The options about reaching a stage over the network."""
ANNOUNCING = ("contract", "template", "dialect", "requirement", "exclude", "baseline",
              "report_json", "quiet_pytest", "base_url")
"""Options that only a run of a suite has, so that mistakes in them are reported at once."""


def announces_a_run(options: RunOptions) -> bool:
    """Tell whether an option is given that only a run of a suite has."""
    return any(getattr(options, name) != getattr(RunOptions(), name) for name in ANNOUNCING)
