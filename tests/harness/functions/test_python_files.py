"""The files of a Python function: its code as the working folder, and a /tmp of its own."""

from __future__ import annotations

import errno
import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.functions.python.file_calls import translated
from harness.functions.python.file_system import FileSystem

Run = Callable[[FileSystem, Callable[[], Any]], Any]


@pytest.fixture
def run() -> Iterator[Run]:
    """Calls a function in an environment that has those files."""
    here: list[FileSystem] = []

    def call(files: FileSystem, function: Callable[[], Any]) -> Any:
        here.append(files)
        try:
            return function()
        finally:
            here.pop()

    with translated(lambda: here[-1] if here else None):
        yield call


@pytest.fixture
def one(tmp_path: Path) -> FileSystem:
    return _made(tmp_path)


def _made(folder: Path) -> FileSystem:
    code = folder / "code"
    code.mkdir(exist_ok=True)
    (code / "bundled.txt").write_text("bundled", "utf-8")
    return FileSystem((code,), folder)


def _write(path: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write("written")


class TestWorkingFolder:
    @pytest.mark.parametrize("read", [
        lambda: open("bundled.txt").read(),  # noqa: SIM115
        lambda: Path("bundled.txt").read_text(),
        lambda: os.read(os.open("bundled.txt", os.O_RDONLY), 99).decode(),
        lambda: Path(os.getcwd(), os.listdir()[0]).read_text(),
    ])
    def test_read(self, run: Run, one: FileSystem, read: Callable[[], str]) -> None:
        """A relative path begins at the function's code, as on Lambda."""
        assert run(one, read) == "bundled"

    def test_changed(self, run: Run, one: FileSystem) -> None:
        """An environment may have another working folder; the harness keeps its own."""
        before = os.getcwd()
        run(one, lambda: (os.chdir("/tmp"), _write("x")))
        assert (run(one, os.getcwd), run(one, lambda: os.path.exists("/tmp/x")), os.getcwd()) == (
            "/tmp", True, before)

    @pytest.mark.parametrize("write", [
        lambda: _write("bundled.txt"),
        lambda: Path("new").mkdir(),
        lambda: os.rename("bundled.txt", "other.txt"),
        lambda: _write("/var/somewhere"),
        lambda: os.remove("bundled.txt"),
    ])
    def test_read_only(self, run: Run, one: FileSystem, write: Callable[[], None]) -> None:
        """Nothing but /tmp can be written."""
        with pytest.raises(OSError, match="Read-only file system") as raised:
            run(one, write)
        assert raised.value.errno == errno.EROFS


class TestTemporary:
    @pytest.mark.parametrize("made", [
        lambda: _write("/tmp/a"),
        lambda: Path("/tmp/a").touch(),
        lambda: os.makedirs("/tmp/a/b"),
        lambda: os.symlink("/tmp/b", "/tmp/a"),
        lambda: sqlite3.connect("/tmp/a").execute("create table t (c)"),
        lambda: (_write("/tmp/b"), os.replace("/tmp/b", "/tmp/a")),
    ])
    def test_own(self, run: Run, tmp_path: Path, made: Callable[[], Any]) -> None:
        """A file in /tmp is there for its environment, for no other one and not outside."""
        one, other = _made(tmp_path), _made(tmp_path)
        before = os.path.lexists("/tmp/a")
        run(one, made)
        seen = [run(files, lambda: os.path.lexists("/tmp/a")) for files in (one, other)]
        assert (seen, before, os.path.lexists("/tmp/a")) == ([True, False], False, False)

    def test_tempfile(self, run: Run, one: FileSystem) -> None:
        """The module tempfile works in it, and a tree there can be listed and removed."""
        def work() -> list[str]:
            with tempfile.TemporaryDirectory(dir="/tmp") as folder:
                Path(folder, "x").write_text("1")
                return [path.name for path in Path(folder).glob("*")]

        assert (run(one, work), run(one, lambda: os.listdir("/tmp"))) == (["x"], [])

    def test_removed(self, run: Run, one: FileSystem, tmp_path: Path) -> None:
        """It ends with its environment."""
        run(one, lambda: _write("/tmp/a"))
        one.remove()
        assert [path.name for path in tmp_path.iterdir()] == ["code"]

    def test_missing(self, run: Run, one: FileSystem) -> None:
        """A file that is not there is reported by the path that was asked for."""
        with pytest.raises(FileNotFoundError):
            run(one, lambda: open("/tmp/nothing"))  # noqa: SIM115
