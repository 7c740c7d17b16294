"""The plugin that pytest loads: options, the marker ``cqrs_requirement``, the fixture ``conform``.

pytest imports it in every session of an environment that has this distribution. It therefore
imports next to nothing and keeps no package of a common name: a session that has no test of a
suite does not notice it. The ``Session`` comes into being with the first such test, or on demand.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from cqrs_conformance.own_packages import Shadowed, borrowed, claim

with borrowed():
    from harness.entry.options import (
        CARRIED,
        MARK,
        OPTIONS,
        RunOptions,
        announces_a_run,
        requirement_id,
    )
    from harness.stages.options import add_option, from_given

if TYPE_CHECKING:
    from harness.entry.conform import Conform
    from harness.entry.session import Session

__all__ = ["conform", "pytest_addoption", "pytest_configure"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the command, each with the prefix --cqrs."""
    group = parser.getgroup("cqrs", "conformance of serverless CQRS systems")
    for name, declared in OPTIONS.items():
        add_option(group.addoption, declared, prefix="--cqrs-", dest=f"cqrs_{name}")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker and settle the seed, so that every worker has the same."""
    config.addinivalue_line("markers", f"{MARK}(id): the requirement that a test judges")
    if config.option.cqrs_seed is None:
        config.option.cqrs_seed = random.SystemRandom().randrange(2**32)
    config.pluginmanager.register(_Watch(config), "cqrs-watch")
    if announces_a_run(_options_of(config)) and not hasattr(config, "workerinput"):
        _session_of(config).check()


def _options_of(config: pytest.Config) -> RunOptions:
    values = {name: getattr(config.option, f"cqrs_{name}") for name in OPTIONS}
    return from_given(RunOptions, values)


class _Watch:
    """Waits for the first test of a suite, or for its report from another process."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        if any(requirement_id(item) for item in items):
            _session_of(self._config).select(items)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if hasattr(report, CARRIED):
            _session_of(self._config)


SESSION: pytest.StashKey[Session] = pytest.StashKey()


def _session_of(config: pytest.Config) -> Session:
    """The session of the suite; made when it is first needed."""
    if SESSION not in config.stash:
        try:
            claim()
        except Shadowed as error:
            raise pytest.UsageError(str(error)) from None
        from harness.entry.session import Session

        config.stash[SESSION] = Session(config, _options_of(config))
        config.pluginmanager.register(config.stash[SESSION], "cqrs-session")
    return config.stash[SESSION]


@pytest.fixture
def conform(request: pytest.FixtureRequest) -> Conform:
    """Judge this test's requirement; see ``Conform``."""
    return _session_of(request.config).judge_of(request.node)
