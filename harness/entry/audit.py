"""The command ``audit``: the fold of stored events against the views, on data that is there."""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path

from harness.audit.run import Audit, Inputs, moment
from harness.core import contract_registry as registry
from harness.core.errors import CONFORMS, DOES_NOT, HarnessError, UserMistake
from harness.core.json_values import to_json
from harness.report.audit import audit_document, render_audit


def audit(given: argparse.Namespace, _: list[str]) -> int:
    """Audit files or folders; exit 0 without findings, 1 with some.

    Raises:
        UserMistake: an input cannot be read.
        HarnessError: there is nothing to judge, or the report cannot be written.
    """
    contract = registry.find_contract(given.contract)
    result = Audit(contract, _inputs(given)).result()
    if given.report_json:
        _write(given.report_json, to_json(audit_document(contract.name, result)))
    print(render_audit(result))
    if not result.findings and not result.aggregates:
        raise HarnessError("the audit", "there was nothing to judge",
                           "give --events that has some (and a --since that is not later)")
    return DOES_NOT if result.findings else CONFORMS


def _inputs(given: argparse.Namespace) -> Inputs:
    return Inputs(Path(given.events), _path(given.views), _path(given.acknowledged),
                  _since(given.since))


def _path(given: str | None) -> Path | None:
    return Path(given) if given else None


def _since(given: str | None) -> datetime | None:
    if not given:
        return None
    found = moment(given if "T" in given else f"{given}T00:00:00")
    if found is None:
        raise UserMistake(f"--since {given}", "it is no moment",
                          "write it as 2026-11-28T00:00:00Z, or as a date")
    return found


def _write(path: str, text: str) -> None:
    if path == "-":
        print(text)
        return
    try:
        Path(path).write_text(text + "\n", "utf-8")
    except OSError as error:
        raise UserMistake(f"--report-json {path}", str(error), "name a file that can be written"
                          ) from None
