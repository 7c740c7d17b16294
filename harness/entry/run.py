"""The command ``run``: the conformance suite under pytest, with the command's options."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import fields
from functools import partial

import pytest

from harness.core import contract_registry as registry
from harness.core.errors import NO_VERDICT, USAGE
from harness.entry.options import RunOptions
from harness.stages.options import flag, from_given

PYTEST_EXITS = {
    pytest.ExitCode.USAGE_ERROR: USAGE,
    pytest.ExitCode.INTERRUPTED: NO_VERDICT,
    pytest.ExitCode.INTERNAL_ERROR: NO_VERDICT,
    pytest.ExitCode.NO_TESTS_COLLECTED: NO_VERDICT,
}
"""The meaning of pytest's own exit codes for the command; the plugin sets the others."""
QUIET = ("-qq", "--no-header", "-rN", "-p", "no:cacheprovider", "--tb=short", "--disable-warnings")


def run(given: argparse.Namespace, passed_on: list[str]) -> int:
    """Judge an implementation and return the exit code."""
    options = from_given(RunOptions, {**vars(given), "quiet_pytest": True})
    contract = registry.find_contract(options.contract)
    registry.check_requirements(contract, list(options.requirement))
    code = pytest.main(["--pyargs", contract.suite, *QUIET, *_words(options), *passed_on])
    return PYTEST_EXITS.get(pytest.ExitCode(code), int(code)) if code in range(6) else int(code)


def _words(options: RunOptions) -> Iterator[str]:
    """Return the options as those of the pytest plugin."""
    for name in (each.name for each in fields(options)):
        value = getattr(options, name)
        word = partial("--cqrs-{}={}".format, flag(name))
        if value is True:
            yield f"--cqrs-{flag(name)}"
        elif isinstance(value, tuple):
            yield from map(word, value)
        elif value is not None and value is not False:
            yield word(value)
