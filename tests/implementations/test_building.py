"""Building: once, again when something has changed, and with a clear word when it fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.implementations import building
from tests.implementations.building import BuildFailed, Implementation, ToolMissing, build

COUNT = ("sh", "-c", "echo built >> dist")


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "source.txt").write_text("one")
    monkeypatch.setattr(building, "ROOM", tmp_path)
    return tmp_path


def given(monkeypatch: pytest.MonkeyPatch, *command: str) -> None:
    known = {"app": Implementation("shell", (command,))}
    monkeypatch.setattr(building, "IMPLEMENTATIONS", known)


def times_built(room: Path) -> int:
    return (room / "app" / "dist").read_text().count("built")


class TestBuild:
    def test_once(self, room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """An implementation that is built is not built again."""
        given(monkeypatch, *COUNT)
        assert {build("app"), build("app")} == {room / "app" / "template.yaml"}
        assert times_built(room) == 1

    def test_changed(self, room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A changed source is built again."""
        given(monkeypatch, *COUNT)
        build("app")
        (room / "app" / "source.txt").write_text("two")
        build("app")
        assert times_built(room) == 2

    def test_failed(self, room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A failure names the command and shows the end of what it printed."""
        given(monkeypatch, "sh", "-c", "echo no such module; exit 3")
        with pytest.raises(BuildFailed, match=r"building app: sh .* ended with 3:\nno such module"):
            build("app")

    def test_failed_again(self, room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A failed build is not taken for a finished one."""
        given(monkeypatch, "false")
        for _ in range(2):
            with pytest.raises(BuildFailed):
                build("app")

    def test_too_long(self, room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A command that does not end is ended."""
        given(monkeypatch, "sleep", "60")
        monkeypatch.setattr(building, "DEADLINE", 0.1)
        with pytest.raises(BuildFailed, match="was not done after"):
            build("app")

    def test_missing(self, room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A missing tool is named."""
        given(monkeypatch, "no-such-tool")
        with pytest.raises(ToolMissing, match="app is built with no-such-tool, which is not inst"):
            build("app")
