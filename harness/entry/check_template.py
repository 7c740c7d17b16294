"""The command ``check-template``: the parts and the mistakes of a system, before any run."""

from __future__ import annotations

import argparse
from pathlib import Path

from harness.adopt.survey import Subject, survey
from harness.core import contract_registry as registry
from harness.core.errors import CONFORMS, USAGE
from harness.dialect import load_dialect, read_dialect
from harness.dialect.reading import TABLE
from harness.entry.options import RunOptions
from harness.report.survey import render_survey
from harness.template import load


def check(given: argparse.Namespace, _: list[str]) -> int:
    """Print the facts and the mistakes; exit 0 without a mistake, 2 with one.

    Raises:
        UserMistake: a file cannot be read at all.
    """
    subject = subject_of(given)
    found = survey(subject)
    print(render_survey(found, by_default=given.contract is None))
    return USAGE if found.problems else CONFORMS


def subject_of(given: argparse.Namespace) -> Subject:
    """The template, the contract and the dialect that the options name.

    Raises:
        UserMistake: one of them cannot be read.
    """
    template = load(Path(given.template))
    contract = registry.find_contract(given.contract or RunOptions().contract)
    if given.dialect:
        return Subject(template, contract, load_dialect(Path(given.dialect), contract))
    settings = template.settings
    if settings.dialect is None:
        return Subject(template, contract)
    place = f"{TABLE} in {settings.path}"
    return Subject(template, contract,
                   read_dialect(settings.dialect, contract, place, settings.path))
