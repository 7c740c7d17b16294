"""The command ``check-template``: the parts and the mistakes of a system, before any run.

The parts that only ``--try`` needs are imported then: without it the command ends in a second.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from harness.adopt.survey import Subject, survey
from harness.core import contract_registry as registry
from harness.core.errors import CONFORMS, USAGE
from harness.dialect import load_dialect, read_dialect
from harness.dialect.reading import TABLE
from harness.entry.contract_errors import naming_the_contract
from harness.entry.options import RunOptions
from harness.report.survey import render_survey
from harness.template import load

TRIED = ("Every message was understood. Judge the system with: cqrs-conformance run, and the same "
         "options.")
WRONG = "Lines marked WRONG: {}. Correct the first one, and try again."


def check(given: argparse.Namespace, _: list[str]) -> int:
    """Print the facts and the mistakes; exit 0 without a mistake, 2 with one.

    Raises:
        UserMistake: a file cannot be read at all.
    """
    subject = subject_of(given)
    found = survey(subject)
    print(render_survey(found, by_default=given.contract is None))
    if found.problems:
        return USAGE
    return _tried(subject) if given.try_out else CONFORMS


def _tried(subject: Subject) -> int:
    """Try the system, and print each exchange as it happens.

    Raises:
        HarnessError: the stage cannot be opened.
    """
    from harness.adopt.trial import try_out
    from harness.report.trial import render_exchange

    wrong = 0
    with naming_the_contract(subject.contract):
        for exchange in try_out(subject):
            wrong += len(exchange.problems)
            print(f"\n{render_exchange(exchange)}")
    print(f"\n{TRIED if not wrong else WRONG.format(wrong)}")
    return USAGE if wrong else CONFORMS


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
