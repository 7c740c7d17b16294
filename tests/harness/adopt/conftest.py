"""The fixture of commands that are run in this process."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from harness.entry import cli
from tests.harness.adopt.commands import Ended


@pytest.fixture
def cqrs(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ended]:
    """Runs ``cqrs-conformance``."""
    def ended(*arguments: object) -> Ended:
        code = cli.main([*map(str, arguments)])
        shown = capsys.readouterr()
        return Ended(code, shown.out, shown.err)
    return ended
