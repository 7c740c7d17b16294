"""The plugin that pytest loads: options, markers, and the fixtures ``conform`` and ``cqrs``.

pytest imports it in every session of an environment that has this distribution. It therefore
imports next to nothing and keeps no package of a common name: a session that has no test of a
suite does not notice it. The options come into being where a session may have one of them, the
``Session`` with the first test of a suite, or on demand.
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Generator, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

from cqrs_conformance.own_packages import Shadowed, borrowed, claim

with borrowed():
    from harness.entry.suite_tests import CARRIED, FIXTURE, MARK, requirement_id

if TYPE_CHECKING:
    from harness.entry.conform import Conform
    from harness.entry.session import Session
    from harness.entry.story import JudgedStory
    from harness.play.story import Story

__all__ = ["conform", "cqrs", "pytest_addoption", "pytest_configure", "pytest_generate_tests",
           "pytest_pyfunc_call"]


PREFIX = "cqrs_"
"""The beginning of the names of our options, among those of pytest."""
OURS = re.compile(r"--cqrs|--help|(^|\s)(-\w*h|@)")
"""Words of a session that have an option of ours, ask for all options, or name a file of some."""


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Add the options of the command, each with the prefix --cqrs, if a word may need them."""
    config: Any = pluginmanager.get_plugin("pytestconfig")
    words = (*config.invocation_params.args, os.environ.get("PYTEST_ADDOPTS", ""),
             *config.getini("addopts"))
    if not any(OURS.search(str(word)) for word in words):
        return
    with borrowed():
        from harness.entry.options import OPTIONS
        from harness.stages.options import add_option

    group = parser.getgroup("cqrs", "conformance of serverless CQRS systems")
    for name, declared in OPTIONS.items():
        add_option(group.addoption, declared, prefix="--cqrs-", dest=f"{PREFIX}{name}",
                   default=None)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker and settle the seed, so that every worker has the same."""
    config.addinivalue_line("markers", f"{MARK}(id): the requirement that a test judges")
    config.addinivalue_line(
        "markers", "cqrs(template, contract, dialect): the system of a test's story")
    config.pluginmanager.register(_Watch(config), "cqrs-watch")
    given, worker = _given(config), hasattr(config, "workerinput")
    if given.get("seed") is None:
        config.option.cqrs_seed = random.SystemRandom().randrange(2**32)
    if worker and given.get("quiet_pytest"):
        with borrowed():
            from harness.entry.interrupt import let_through

        let_through()
    elif not worker and _announces_a_run(given):
        _session_of(config).check()


def _given(config: pytest.Config) -> dict[str, Any]:
    """Our options; xdist hands them to its workers, which need not have declared them."""
    return {name.removeprefix(PREFIX): value for name, value in vars(config.option).items()
            if name.startswith(PREFIX)}


def _announces_a_run(given: Mapping[str, Any]) -> bool:
    if all(value is None for value in given.values()):
        return False
    with borrowed():
        from harness.entry.options import RunOptions, announces_a_run
        from harness.stages.options import from_given

    return announces_a_run(from_given(RunOptions, given))


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
        from harness.core.errors import UserMistake
        from harness.entry.given_options import in_force
        from harness.entry.session import Session

        try:
            config.stash[SESSION] = Session(config, in_force(_given(config)))
        except UserMistake as error:
            raise pytest.UsageError(str(error)) from None
        config.pluginmanager.register(config.stash[SESSION], "cqrs-session")
    return config.stash[SESSION]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Name a test by the requirement that it judges, for -k, --lf and reports."""
    mark = next(metafunc.definition.iter_markers(MARK), None)
    if mark is not None and mark.args and FIXTURE in metafunc.fixturenames:
        id = str(mark.args[0])
        metafunc.parametrize(FIXTURE, [id], indirect=True, ids=[id])


@pytest.fixture
def conform(request: pytest.FixtureRequest) -> Conform:
    """Judge this test's requirement; see ``Conform``."""
    return _session_of(request.config).judge_of(request.node)


STORY: pytest.StashKey[JudgedStory] = pytest.StashKey()


@pytest.fixture
def cqrs(request: pytest.FixtureRequest) -> Iterator[Story]:
    """Tell a story about a system, step by step; it is judged when the test has ended."""
    try:
        claim()
    except Shadowed as error:
        raise pytest.UsageError(str(error)) from None
    from harness.core.errors import UserMistake
    from harness.entry.story import story_of

    try:
        with story_of(request, _given(request.config)) as judged:
            request.node.stash[STORY] = judged
            yield judged.story
    except UserMistake as error:
        pytest.fail(str(error), pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Judge a test's story with its last line, so that the test itself fails by it."""
    try:
        result = yield
    except Exception:
        _conclude(pyfuncitem, failed=True)
        raise
    _conclude(pyfuncitem, failed=False)
    return result


def _conclude(item: pytest.Item, *, failed: bool) -> None:
    judged = item.stash.get(STORY, None)
    if judged is not None:
        from harness.entry.story import conclude

        conclude(item, judged, failed=failed)
