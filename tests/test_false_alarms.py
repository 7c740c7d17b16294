"""The search for false alarms continues where a file says, and its exit code tells of alarms."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests import false_alarms
from tests.false_alarms import WHOLE_RUN, main


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The seeds that are played, each without an alarm."""
    seeds: list[int] = []

    def play(implementation: object, folder: Path, seed: int) -> dict[str, str]:
        seeds.append(seed)
        return {}

    monkeypatch.setattr(false_alarms, "_alarms", play)
    return seeds


def _words(file: Path) -> list[str]:
    return ["--only", "tickets", "--seeds", "2", "--resume", str(file)]


def _write(file: Path, *alarms: dict[str, str]) -> None:
    file.write_text("".join(
        json.dumps({"name": "tickets", "seed": seed, "alarms": found}) + "\n"
        for seed, found in enumerate(alarms)), "utf-8")


class TestResume:
    def test_all(self, played: list[int], tmp_path: Path) -> None:
        """Without a file each implementation has a whole run and all its seeds."""
        assert (main(_words(tmp_path / "done")), played) == (0, [WHOLE_RUN, 1, 2])

    def test_rest(self, played: list[int], tmp_path: Path) -> None:
        """A play that the file has is left out."""
        _write(tmp_path / "done", {}, {})
        assert (main(_words(tmp_path / "done")), played) == (0, [2])

    def test_keeps(self, played: list[int], tmp_path: Path) -> None:
        """A second call has nothing to play."""
        main(_words(tmp_path / "done"))
        played.clear()
        assert (main(_words(tmp_path / "done")), played) == (0, [])


class TestAlarms:
    def test_exit(
        self, played: list[int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """An alarm, of an earlier call too, is printed and makes the exit code 1."""
        _write(tmp_path / "done", {"CMD-04": "failed: not linearizable"}, {}, {})
        code = main(_words(tmp_path / "done"))
        assert (code, "whole run: CMD-04: failed" in capsys.readouterr().out) == (1, True)

    def test_unknown(self) -> None:
        """A name that no conforming implementation has is wrong usage."""
        with pytest.raises(SystemExit) as caught:
            main(["--only", "nonsense"])
        assert caught.value.code == 2
