"""The commands ``replay`` and ``check``: a saved counterexample played again, or judged again.

Exit: 1 a violation is there (again), 0 there is none, 2 the file or an option cannot be used,
3 no verdict.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from harness.core import contract_registry as registry
from harness.core.contract import Contract
from harness.core.errors import CONFORMS, DOES_NOT, NO_VERDICT, USAGE, StageError, UndecidedError
from harness.core.requirements import Level
from harness.core.violation import Violation
from harness.entry import stages as opening
from harness.entry.options import REMOTE_OPTIONS, STAGES
from harness.explore.counterexample_files import FileError, Saved, read, read_history
from harness.explore.profiles import PROFILES
from harness.explore.replay import Answer, Replay, does_not_conform, replay
from harness.explore.violation_families import related
from harness.functions.invocation import HandlerError
from harness.oracle.checks import judge
from harness.report.replays import render_replay, render_violation
from harness.stages.deployed.settings import SettingsError
from harness.template import Template, TemplateError, load

MISTAKES = (FileError, TemplateError, SettingsError)
TROUBLE = (StageError, HandlerError, UndecidedError, ClientError, BotoCoreError)
DEFAULT_CONTRACT = "orders"


def play_again(options: argparse.Namespace) -> int:
    """Play a counterexample again; gives the exit code."""
    try:
        saved = read(Path(options.file))
        contract = registry.find_contract(saved.origin.contract)
        registry.check_requirements(contract, [saved.origin.requirement])
        stage = _stage(options, saved)
        found = _replayed(contract, saved, stage, options)
    except MISTAKES as error:
        return _ended(f"ERROR: {error}", USAGE)
    except TROUBLE as error:
        return _ended(f"no verdict: {error}", NO_VERDICT)
    print("\n".join(render_replay(contract, saved, found, stage)))
    if does_not_conform(contract, found, strict=options.strict):
        return DOES_NOT
    return NO_VERDICT if found.answer is Answer.NO_VERDICT else CONFORMS


def _stage(options: argparse.Namespace, saved: Saved) -> str:
    stage = str(options.stage or saved.origin.stage)
    if stage not in STAGES:
        raise FileError(
            options.file,
            f"found on the stage {stage!r}, which this cqrs-conformance has not",
            f"give --stage, one of {', '.join(STAGES)}")
    return stage


def _replayed(
    contract: Contract, saved: Saved, stage: str, options: argparse.Namespace
) -> Replay:
    template = _template(contract, saved, stage, options)
    judging = opening.Judging(contract, template, PROFILES["quick"], saved.origin.seed,
                              (saved.origin.requirement,), _tell, saved.scenario)
    names = [name.replace("-", "_") for name, _ in REMOTE_OPTIONS]
    opened = opening.open_stage(stage, judging, {n: getattr(options, n) for n in names})
    try:
        return replay(opened.campaign, saved)
    finally:
        opened.close()


def _template(
    contract: Contract, saved: Saved, stage: str, options: argparse.Namespace
) -> Template | None:
    """The template to play on: as asked for, or the file's, or the one the contract brings.

    What a URL showed belongs to no template that the file knows of.
    """
    given = options.template or saved.origin.template
    if given:
        return load(Path(given))
    if not opening.brings_template(stage, vars(options)):
        return None
    if saved.origin.stage not in opening.WITH_TEMPLATE:
        raise FileError(
            options.file,
            f"found on the stage {saved.origin.stage} without a template",
            f"give --template to play it on {stage}")
    return load(registry.reference_template(contract))


def judge_again(options: argparse.Namespace) -> int:
    """Judge a saved history by the checks alone; gives the exit code."""
    try:
        history, saved = read_history(Path(options.file))
        name = options.contract or (saved.origin.contract if saved else DEFAULT_CONTRACT)
        contract = registry.find_contract(name)
        violations = judge(contract, history)[1]
    except FileError as error:
        return _ended(f"ERROR: {error}", USAGE)
    except UndecidedError as error:
        return _ended(f"no verdict: {error}", NO_VERDICT)
    named = [(_requirements(contract, v, saved), v) for v in violations]
    for ids, violation in named:
        print("\n".join([*render_violation(contract, ids, violation, history.namespace), ""]))
    found = {id for ids, _ in named for id in ids}
    counted = [id for id in sorted(found) if _counts(contract, id, saved, options.strict)]
    print(f"violated: {', '.join(counted)}" if counted else "nothing that counts is violated")
    return DOES_NOT if counted else CONFORMS


def _requirements(
    contract: Contract, violation: Violation, saved: Saved | None
) -> tuple[str, ...]:
    """The requirements violated: the file's own for what it was written for.

    What else a violation needs to appear cannot be found out without a stage.
    """
    if saved is not None and related(violation.kind, saved.violation):
        return (saved.origin.requirement,)
    return contract.attribute(violation, frozenset())


def _counts(contract: Contract, id: str, saved: Saved | None, strict: bool) -> bool:
    own = saved is not None and id == saved.origin.requirement
    return own or strict or contract.requirement(id).level is Level.MUST


def _tell(text: str) -> None:
    print(text, file=sys.stderr)


def _ended(text: str, code: int) -> int:
    _tell(text)
    return code


COMMANDS: Mapping[str, Callable[[argparse.Namespace], int]] = {
    "replay": play_again, "check": judge_again,
}
