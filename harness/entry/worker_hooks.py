"""The hooks of pytest-xdist, in the process that starts workers."""

from __future__ import annotations

from typing import Any

import pytest

from harness.entry.phases import Phases
from harness.entry.suite_tests import CARRIED
from harness.entry.verdicts import Verdicts


class WorkerHooks:
    """Hands to workers what they need, and takes in what they collected.

    ``quiet``: the run is under the command, whose live line tells of it.
    """

    def __init__(
        self, config: pytest.Config, verdicts: Verdicts, phases: Phases, *, quiet: bool
    ) -> None:
        self._config, self._verdicts, self._phases, self._quiet = config, verdicts, phases, quiet

    @pytest.hookimpl(optionalhook=True, tryfirst=True)
    def pytest_xdist_setupnodes(self) -> None:
        """Keep pytest-xdist from telling of its workers, where the live line does."""
        reporter: Any = self._config.pluginmanager.get_plugin("terminaldistreporter")
        if self._quiet and reporter is not None:
            reporter.write_line = reporter.rewrite = _say_nothing

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker where to note what it does."""
        if self._quiet:
            self._phases.hand_to(node)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take in the tests that a worker collected."""
        known = getattr(node, "workeroutput", {}).get(CARRIED)
        if known:
            self._verdicts.learn(**known)


def _say_nothing(*_: object, **__: object) -> None:
    """Take the place of a method that prints."""
