"""A dialect that recognises no event at all is the user's mistake, not the system's."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from harness.core.contract_registry import find_contract
from harness.entry.cli import main
from harness.explore.recognition import NothingRecognised, check_recognised
from harness.stages.embedded.systems import dialect_of, embedded_system
from harness.template import load
from tests.harness.adopt.commands import change
from tests.systems.building import ROOM

LOCKERS = ROOM / "lockers"
RIGHT = (LOCKERS / "published.toml").read_text("utf-8")


def look(dialect: str, folder: Path, template: Path = LOCKERS / "relay.yaml") -> None:
    """Have the dialect read what the lockers behind a relay store and publish."""
    (folder / "own.toml").write_text(dialect)
    contract = find_contract(f"{LOCKERS / 'contract.py'}:CONTRACT")
    read = load(template)
    spoken = dialect_of(read, contract, str(folder / "own.toml"))
    assert spoken is not None
    with embedded_system(read, contract, spoken) as stage:
        check_recognised(contract, spoken, stage)


def test_right_lines(tmp_path: Path) -> None:
    """A dialect that recognises events stands."""
    look(RIGHT, tmp_path)


@pytest.mark.parametrize(("table", "right", "wrong", "said"), [
    ("[published]", 'version = "seq", payload', 'version = "seq", type = "kind", payload',
     'among 3 that were published .*members.type "kind"'),
    ("[events]", 'type = "kind"', 'type = "sort"', 'among 3 that were stored .*members.type'),
    ("[events]", "INSTALLED = ", "Installed = ", None)])
def test_wrong_lines(
    tmp_path: Path, table: str, right: str, wrong: str, said: str | None
) -> None:
    """Lines by which nothing is recognised are told; one type of several may be the system's."""
    before, name, after = RIGHT.partition(table)
    dialect = before + name + after.replace(right, wrong, 1)
    assert dialect != RIGHT
    if said is None:
        look(dialect, tmp_path)
        return
    with pytest.raises(NothingRecognised, match=said):
        look(dialect, tmp_path)


def test_wrong_views(tmp_path: Path) -> None:
    """Where views are wrong as well, the system is judged."""
    shutil.copytree(LOCKERS, tmp_path / "copy", ignore=shutil.ignore_patterns("node"))
    change(tmp_path / "copy" / "app" / "publisher.py", '"locker": event["locker"], ', "")
    look(RIGHT, tmp_path, tmp_path / "copy" / "relay.yaml")


def test_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run ends with the line to correct, as a mistake of its user."""
    (tmp_path / "own.toml").write_text(RIGHT.replace("EventsTable", "ViewsTable"))
    words = ["run", "--template", str(LOCKERS / "relay.yaml"), "--dialect",
             str(tmp_path / "own.toml"), "--contract", f"{LOCKERS / 'contract.py'}:CONTRACT",
             "--requirement", "API-01", "--workers", "1", "--profile", "smoke"]
    assert main(words) == 2
    assert "correct [events] or leave it out" in capsys.readouterr().err
