"""A run shares its requirements among processes where that saves time, and shows what they do."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from harness.core import contract_registry as registry
from harness.entry import run
from harness.entry.options import RunOptions
from harness.entry.phases import Phases

SHARED = ("-n", "4", "--maxschedchunk", "1")


@pytest.fixture(autouse=True)
def _four_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "processors", lambda: 4)


@pytest.mark.parametrize(("options", "wished", "expected"), [
    (RunOptions(), None, SHARED),
    (RunOptions(), 1, ()),
    (RunOptions(profile="smoke"), None, ()),
    (RunOptions(profile="smoke"), 4, SHARED),
    (RunOptions(requirement=("SYS",)), None, ()),
    (RunOptions(requirement=("SYS-01", "SYS-02")), 4, ("-n", "2", "--maxschedchunk", "1")),
    (RunOptions(stage="http"), None, ()),
])
def test_sharing(options: RunOptions, wished: int | None, expected: tuple[str, ...]) -> None:
    """Many requirements are shared by themselves; a number of processes that is given holds."""
    contract = registry.find_contract("orders")
    assert run.shared_out(contract, options, wished) == expected


def _config(**workerinput: Any) -> pytest.Config:
    given = SimpleNamespace(workerinput=workerinput) if workerinput else SimpleNamespace()
    return cast("pytest.Config", given)


def test_phases() -> None:
    """The process that started workers reads what each of them does, until the end."""
    controller = Phases(_config())
    assert (controller.line(), controller.noting()) == (None, None)
    nodes = [SimpleNamespace(workerinput={"workerid": name}) for name in ("gw0", "gw1")]
    for node in nodes:
        controller.hand_to(node)
    assert controller.line() == ""
    notes = [Phases(_config(**node.workerinput)).noting() or print for node in nodes]
    notes[1]("CMD-05 3 scenarios")
    notes[0]("API-01 1 scenarios")
    assert controller.line() == "API-01 1 scenarios, CMD-05 3 scenarios"
    folder = Path(nodes[0].workerinput["cqrs_phases"])
    controller.stop()
    with pytest.raises(KeyboardInterrupt):
        notes[0]("API-02 2 scenarios")
    controller.end()
    assert not folder.exists()
