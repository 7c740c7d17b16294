"""The command ``replay``: saved counterexamples played again.

Exit: 1 a violation shows again, 0 none does, 2 a file or an option cannot be used, 3 no verdict.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from harness.core import contract_registry as registry
from harness.core.contract import Contract
from harness.core.errors import CONFORMS, DOES_NOT, NO_VERDICT
from harness.dialect import Dialect
from harness.dialect.words import OwnWords
from harness.entry.contract_errors import naming_the_contract
from harness.entry.counterexample_tests import write_test
from harness.entry.stage_options import WITH_TEMPLATE, runs_template
from harness.entry.stage_setup import RunSetup
from harness.entry.stages import open_stage
from harness.explore.counterexample_files import FileError, Saved, read
from harness.explore.profiles import PROFILES
from harness.explore.replay import Answer, Replay, does_not_conform, replay
from harness.report.replays import render_replay
from harness.stages.embedded.systems import dialect_of
from harness.stages.options import STAGES, StageOptions, from_given
from harness.template import Template, load


def play_again(given: argparse.Namespace, _: list[str]) -> int:
    """Play counterexamples again and return the exit code: the worst of theirs."""
    found = [(Path(name), read(Path(name))) for name in given.file]
    if given.as_test is not None:
        for path, saved in found:
            print(write_test(Path(given.as_test), path, saved, find(given, saved)))
        return CONFORMS
    codes = []
    for path, saved in found:
        code, lines = played_again(path, saved, given)
        print("\n".join([f"{path}:", *lines, ""] if len(found) > 1 else lines))
        codes.append(code)
    return next(code for code in (DOES_NOT, NO_VERDICT, CONFORMS) if code in codes)


def find(given: argparse.Namespace, saved: Saved) -> Contract:
    """Return the contract to judge a counterexample by.

    Raises:
        ContractError: there is none, or it has not the counterexample's requirement.
    """
    contract = registry.find_contract(given.contract or saved.origin.contract)
    registry.check_requirements(contract, [saved.origin.requirement])
    return contract


def played_again(path: Path, saved: Saved, given: argparse.Namespace) -> tuple[int, list[str]]:
    """Play one counterexample; give the exit code, and its story as lines."""
    contract = find(given, saved)
    reached = _reached(path, given, saved)
    template = _template(path, contract, given.template, saved, reached)
    dialect = dialect_of(template, contract, given.dialect or saved.origin.dialect)
    found = _replayed(contract, template, dialect, saved, reached, debug=given.debug)
    words = None if dialect is None else OwnWords(dialect, contract)
    lines = render_replay(contract, saved, found, reached.stage, words)
    if does_not_conform(contract, found, strict=given.strict):
        return DOES_NOT, lines
    return (NO_VERDICT if found.answer is Answer.NO_VERDICT else CONFORMS), lines


def _reached(path: Path, given: argparse.Namespace, saved: Saved) -> StageOptions:
    stage = str(given.stage or saved.origin.stage)
    if stage not in STAGES:
        raise FileError(
            str(path),
            f"found on the stage {stage!r}, which this cqrs-conformance has not",
            f"give --stage, one of {', '.join(STAGES)}")
    return from_given(StageOptions, {**vars(given), "stage": stage})


def _replayed(
    contract: Contract, template: Template | None, dialect: Dialect | None, saved: Saved,
    reached: StageOptions, *, debug: bool,
) -> Replay:
    setup = RunSetup(contract, template, PROFILES["quick"], saved.origin.seed,
                     (saved.origin.requirement,), _tell, saved.scenario, dialect, debug)
    opened = open_stage(setup, reached)
    try:
        with naming_the_contract(contract):
            return replay(opened.campaign, saved)
    finally:
        opened.close()


def _template(
    path: Path, contract: Contract, given: str | None, saved: Saved, reached: StageOptions
) -> Template | None:
    """Load the template to play on: the option's, the file's, or that of the contract.

    A counterexample that was found at a URL belongs to no template that the file knows of.
    """
    named = given or saved.origin.template
    if named:
        return load(Path(named))
    if not runs_template(reached):
        return None
    if saved.origin.stage not in WITH_TEMPLATE:
        raise FileError(
            str(path),
            f"found on the stage {saved.origin.stage} without a template",
            f"give --template to play it on {reached.stage}")
    return load(registry.reference_template(contract))


def _tell(text: str) -> None:
    print(text, file=sys.stderr)
