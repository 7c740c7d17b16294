"""The command ``run``: the conformance suite under pytest, with the command's options."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import fields, replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import pytest

from harness.core import contract_registry as registry
from harness.core.contract import Contract
from harness.core.errors import NO_VERDICT, USAGE, UserMistake
from harness.core.temporary_folders import temporary_folder
from harness.entry.given_options import in_force
from harness.entry.interrupt import Interruption
from harness.entry.options import STANDARD_OUTPUT, RunOptions
from harness.entry.selection import selected
from harness.stages.controlled.process_variables import variables
from harness.stages.deployed.settings import API_KEY_VARIABLE, HEADERS_VARIABLE
from harness.stages.options import REMOTE, flag

PYTEST_EXITS = {
    pytest.ExitCode.USAGE_ERROR: USAGE,
    pytest.ExitCode.INTERRUPTED: NO_VERDICT,
    pytest.ExitCode.INTERNAL_ERROR: NO_VERDICT,
    pytest.ExitCode.NO_TESTS_COLLECTED: NO_VERDICT,
}
"""The meaning of pytest's own exit codes for the command; the plugin sets the others."""
WORTH_WORKERS = 12
"""Requirements from which on worker processes save more time than they take to start."""
SHORT = ("smoke",)
"""Profiles that end soon after workers have started."""
SECRET = ("header", "api_key")
OWN_PLUGINS = ("-p", "cqrs_conformance.pytest_plugin", "-p", "xdist.plugin")
"""The plugins of a run; arguments for pytest may need others that the user has installed."""
QUIET = ("-qq", "--no-header", "-rN", "-p", "no:cacheprovider", "--tb=no", "--disable-warnings")


def run(given: argparse.Namespace, passed_on: list[str]) -> int:
    """Judge an implementation and return the exit code."""
    if given.scheduler and not given.seeds:
        raise UserMistake("--scheduler: a cluster plays many seeds; give --seeds FIRST:LAST")
    options = in_force({**vars(given), "quiet_pytest": True})
    contract = registry.find_contract(options.contract)
    if not selected(contract, options.requirement, options.exclude):
        raise registry.ContractError("--exclude", "it leaves no requirement to judge",
                                     "exclude fewer")
    with ExitStack() as around:
        if options.report_json == STANDARD_OUTPUT:
            options = replace(options, report_json=around.enter_context(report_alone()))
        if given.seeds:
            from harness.entry.many_seeds import run_seeds

            return run_seeds(options, given, passed_on)
        return _under_pytest(contract, options, given.workers, passed_on)


def _under_pytest(
    contract: Contract, options: RunOptions, workers: int | None, passed_on: list[str]
) -> int:
    together = passed_on or shared_out(contract, options, workers)
    alone = not passed_on and not _conftest_of(contract)
    interruption = Interruption()
    with (temporary_folder() as own,  # else pytest removes what other sessions of its have left
          variables({**_pytest_variables(alone), **_secrets(options)})):
        code = pytest.main(["--pyargs", contract.suite, *QUIET, *_own_configuration(contract),
                            "--basetemp", str(own / "pytest"), *(OWN_PLUGINS if alone else ()),
                            *_words(options), *together], plugins=[interruption])
    if interruption.untold:
        raise KeyboardInterrupt
    return PYTEST_EXITS.get(pytest.ExitCode(code), int(code)) if code in range(6) else int(code)


def shared_out(contract: Contract, options: RunOptions, wished: int | None) -> tuple[str, ...]:
    """Options of pytest that share the requirements among processes, where that saves time.

    ``wished``: the number of processes; None: as many as this process may use processors. A stage
    that is reached over the network has one process, which plays many scenarios at once.
    """
    judged = len(selected(contract, options.requirement, options.exclude))
    pays = (judged >= WORTH_WORKERS and options.profile not in SHORT
            and options.stage not in REMOTE)
    number = wished or (processors() if pays else 1)
    return ("-n", str(min(number, judged)), "--maxschedchunk", "1") if number > 1 else ()


def processors() -> int:
    """The processors that this process may use."""
    allowed = getattr(os, "sched_getaffinity", None)  # not on macOS
    return len(allowed(0)) if allowed else os.cpu_count() or 1


@contextmanager
def report_alone() -> Iterator[str]:
    """Give a file whose content becomes all of the standard output; other text goes to stderr."""
    kept = os.dup(1)
    sys.stdout.flush()
    os.dup2(2, 1)
    try:
        with temporary_folder() as folder:
            path = folder / "report.json"
            yield str(path)
            if path.exists():
                os.write(kept, path.read_bytes())
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)


def _own_configuration(contract: Contract) -> tuple[str, ...]:
    """Options that keep the configuration and the conftest of the user's folder out of the run."""
    return ("-c", os.devnull, "--rootdir", str(Path.cwd()), "-p", "no:randomly",
            *(() if _conftest_of(contract) else ("--noconftest",)))


def _conftest_of(contract: Contract) -> bool:
    """Tell if a contract's suite has a conftest of its own."""
    suite = find_spec(contract.suite)
    folders = list(suite.submodule_search_locations or ()) if suite else []
    return any(Path(folder, "conftest.py").exists() for folder in folders)


def _pytest_variables(alone: bool) -> dict[str, str | None]:
    """No variable of the user's that pytest or a plugin reads; ``alone``: no plugin but ours."""
    return {**{name: None for name in os.environ if name.startswith("PYTEST_")},
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1" if alone else None}


def _hidden(options: RunOptions) -> tuple[str, ...]:
    return SECRET if options.stage in REMOTE else ()


def _secrets(options: RunOptions) -> dict[str, str]:
    """Options that no log of pytest and no list of processes may show, as variables."""
    lines = [os.environ.get(HEADERS_VARIABLE, ""), *options.header]
    if not _hidden(options):
        return {}
    given = {HEADERS_VARIABLE: "\n".join(filter(None, lines)),
             API_KEY_VARIABLE: options.api_key or ""}
    return {name: value for name, value in given.items() if value}


def _words(options: RunOptions) -> Iterator[str]:
    """Return the options as those of the pytest plugin."""
    for name in (each.name for each in fields(options) if each.name not in _hidden(options)):
        value = getattr(options, name)
        word = partial("--cqrs-{}={}".format, flag(name))
        if value is True:
            yield f"--cqrs-{flag(name)}"
        elif isinstance(value, tuple):
            yield from map(word, value)
        elif value is not None and value is not False:
            yield word(value)
