"""The options of a run, for the command line and for pytest, and the marker of a suite's tests."""

from __future__ import annotations

from dataclasses import Field, dataclass, fields
from typing import TYPE_CHECKING, Any

from harness.explore.profiles import PROFILES
from harness.stages.options import StageOptions, option

if TYPE_CHECKING:
    import pytest

MARK = "cqrs_requirement"
FIXTURE = "conform"
"""The fixture of a test that judges; other tests are none of ours, whatever their markers."""
CARRIED = "cqrs"
"""The attribute of a test report that carries a verdict, also between processes."""
CONTRACT_FORM = "NAME|FILE.py:NAME"


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
        (), "judge only this requirement", metavar="ID", several=True)
    seed: int | None = option(None, "repeat the run that had this seed", parse=int)
    strict: bool = option(False, "a violated SHOULD fails the run")
    report_json: str | None = option(None, "write the report to this file", metavar="FILE")
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
JUDGED = ("stage", "contract", "template", "dialect", "profile", "requirement", "seed", "strict",
          "report_json", "counterexamples")
"""The options that are not about reaching a stage, in the order of the command's help."""
REACHING = tuple(each.name for each in fields(StageOptions) if each.name != "stage")
"""The options about reaching a stage over the network."""
ANNOUNCING = ("contract", "template", "dialect", "requirement", "report_json", "quiet_pytest",
              "base_url")
"""Options that only a run of a suite has, so that mistakes in them are reported at once."""


def announces_a_run(options: RunOptions) -> bool:
    """Tell whether an option is given that only a run of a suite has."""
    return any(getattr(options, name) != getattr(RunOptions(), name) for name in ANNOUNCING)


def requirement_id(item: pytest.Item) -> str | None:
    """Return the requirement that a test judges, if it is one of a suite."""
    ours = FIXTURE in getattr(item, "fixturenames", ())
    mark = item.get_closest_marker(MARK) if ours else None
    return str(mark.args[0]) if mark and mark.args else None
