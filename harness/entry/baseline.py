"""A baseline: failures that a team accepts for the time being, each with a reason.

The file is TOML with a table ``[accepted]``: ``"PRJ-02" = "until the queue is FIFO"``. A failure
in it does not fail the run. A requirement in it that has passed is an error of the file, so that
no acceptance outlives its cause.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.core.contract import Contract
from harness.core.contract_registry import check_requirements
from harness.core.errors import CONFORMS, NO_VERDICT, USAGE, UserMistake
from harness.core.verdict import Outcome
from harness.report.summary import exit_code

TABLE = "accepted"


class BaselineError(UserMistake):
    """A baseline cannot be read, or no longer fits."""


def read(path: Path, contract: Contract) -> Mapping[str, str]:
    """The accepted requirements of a file, each with its reason.

    Raises:
        BaselineError: the file cannot be read.
        ContractError: it names a requirement that the contract has not.
    """
    try:
        table = tomllib.loads(path.read_text("utf-8")).get(TABLE)
    except (OSError, ValueError) as error:
        raise BaselineError(f"baseline {path}", str(error), "give a TOML file") from None
    if not isinstance(table, dict) or not all(
            isinstance(reason, str) and reason.strip() for reason in table.values()):
        raise BaselineError(f"baseline {path}", expected=f"a table [{TABLE}] of reasons by id",
                            remedy='write "PRJ-02" = "the reason"')
    check_requirements(contract, list(table))
    return table


def concluded(
    verdicts: Sequence[dict[str, Any]], accepted: Mapping[str, str], *, strict: bool,
    interrupted: bool,
) -> tuple[int, list[str]]:
    """Mark the verdicts whose failure is accepted, with the reason.

    Returns the exit code of the run, and the accepted requirements that have passed.
    """
    _mark(verdicts, accepted)
    outlived = [verdict["id"] for verdict in verdicts
                if verdict["outcome"] == Outcome.PASSED and verdict["id"] in accepted]
    code = NO_VERDICT if interrupted else exit_code(verdicts, strict)
    return (USAGE if code == CONFORMS and outlived else code), outlived


def _mark(verdicts: Sequence[dict[str, Any]], accepted: Mapping[str, str]) -> None:
    for verdict in verdicts:
        if verdict["outcome"] == Outcome.FAILED and verdict["id"] in accepted:
            verdict["accepted"] = accepted[verdict["id"]]
