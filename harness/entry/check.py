"""The command ``check``: a saved history judged again by the checks, without a stage.

Exit: 1 a violation shows, 0 none does, 2 the file or an option cannot be used.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.core import contract_registry as registry
from harness.core.bodies import text_without_namespace
from harness.core.contract import Contract
from harness.core.errors import CONFORMS, DOES_NOT
from harness.core.json_values import parse_json
from harness.core.requirements import Level
from harness.core.violation import Violation
from harness.dialect import load_dialect
from harness.explore.counterexample_files import Saved, read_history
from harness.explore.violation_families import related
from harness.oracle.checks import judge
from harness.report.replays import render_violation

DEFAULT_CONTRACT = "orders"
"""The contract of a history that was saved without one."""


@dataclass(frozen=True, slots=True)
class Found:
    """One violation in a saved history.

    ``requirements``: the ids that it violates; ``counted``: those among them that count, so that
    the system does not conform. ``step`` counts from 1; None: it shows at the end, when everything
    has settled. ``expected`` and ``observed`` are values of JSON, numbers as int or Decimal.
    ``text`` is what the command prints.
    """

    requirements: tuple[str, ...]
    counted: tuple[str, ...]
    sentence: str
    aggregate: str | None
    step: int | None
    expected: Any
    observed: Any
    text: str


def judge_again(given: argparse.Namespace, _: list[str]) -> int:
    """Print the violations in a saved history, and return the exit code."""
    found = violations_in(Path(given.file), given.contract, given.dialect, strict=given.strict)
    for each in found:
        print(f"{each.text}\n")
    counted = sorted({id for each in found for id in each.counted})
    print(f"violated: {', '.join(counted)}" if counted else "nothing that counts is violated")
    return DOES_NOT if counted else CONFORMS


def violations_in(
    path: Path, contract: str | None = None, dialect: str | None = None, *, strict: bool = False
) -> tuple[Found, ...]:
    """Return the violations in a counterexample's file, or in a history of any origin.

    ``contract``: its name or file, if not the one that the file names. ``dialect``: only seen to be
    readable, since a history is in canonical form. ``strict``: a violated SHOULD counts.

    Raises:
        UserMistake: the file, the contract or the dialect cannot be used.
    """
    history, saved = read_history(path)
    judging = registry.find_contract(
        contract or (saved.origin.contract if saved else DEFAULT_CONTRACT))
    if dialect is not None:
        load_dialect(Path(dialect), judging)
    return tuple(_found(judging, violation, history.namespace, saved, strict)
                 for violation in judge(judging, history)[1])


def _found(
    contract: Contract, violation: Violation, namespace: str, saved: Saved | None, strict: bool
) -> Found:
    ids = _requirements(contract, violation, saved)
    steps = None if saved is None else saved.scenario.steps
    at_end = steps is not None and violation.step >= len(steps)
    return Found(
        ids, tuple(id for id in ids if _counts(contract, id, saved, strict)),
        violation.kind.value,
        None if violation.aggregate is None else violation.aggregate.replace(namespace, ""),
        None if at_end else violation.step + 1,
        _plain(violation.expected, namespace), _plain(violation.observed, namespace),
        "\n".join(render_violation(contract, ids, violation, namespace, steps)))


def _plain(value: Any, namespace: str) -> Any:
    text = text_without_namespace(value, namespace)
    return text if isinstance(value, str) else parse_json(text)


def _requirements(
    contract: Contract, violation: Violation, saved: Saved | None
) -> tuple[str, ...]:
    """Return the requirements violated: the file's own if the violation is the file's.

    The causes of other violations stay unknown, since only a stage could show them.
    """
    if saved is not None and related(violation.kind, saved.violation):
        return (saved.origin.requirement,)
    return contract.attribute(violation, frozenset())


def _counts(contract: Contract, id: str, saved: Saved | None, strict: bool) -> bool:
    if id in contract.not_promised:
        return False
    own = saved is not None and id == saved.origin.requirement
    return own or strict or contract.requirement(id).level is Level.MUST
