"""A system with a dialect of its own is judged, replayed and counted on each way that there is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer

from harness.entry import cli
from tests.harness.stages.test_embedded_server import judge, serving
from tests.systems.building import ROOM, System
from tests.systems.catalogue import SYSTEMS

TICKETS = next(system for system in SYSTEMS if system.name == "tickets")
SHOP = next(system for system in SYSTEMS if system.name == "baskets")
FILES = ("--contract", str(ROOM / "tickets" / "contract.py"),
         "--dialect", str(ROOM / "tickets" / "dialect.toml"))


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The help desk that shows closed tickets: its template."""
    row = next(row for row in TICKETS.broken if row.name == "tickets-shows_closed")
    return Path(row.build(tmp_path_factory.mktemp("tickets")))


@pytest.fixture(scope="module")
def kept(broken: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The counterexample that a run of it keeps."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("run"))
        code = cli.main(["run", "--template", str(broken), *FILES, "--profile", "smoke",
                         "--requirement", "QRY-04", "--seed", "1"])
        found = next(Path.cwd().rglob("QRY-04-*.json"))
    assert code == 1
    return found


class TestCommands:
    def test_replay(self, kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """A counterexample is replayed in the dialect that its file names."""
        assert cli.main(["replay", str(kept)]) == 1
        assert capsys.readouterr().out.splitlines()[-1].startswith("reproduced on moto")

    def test_check(self, kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """A saved history is canonical, and judged without a dialect."""
        assert cli.main(["check", str(kept)]) == 1
        assert "QRY-04" in capsys.readouterr().out

    def test_power(self, broken: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """A row of a catalogue is hunted in its dialect."""
        row = {"name": "shows_closed", "template": str(broken), "violates": ["QRY-04"],
               "contract": FILES[1], "dialect": FILES[3]}
        (tmp_path / "rows.json").write_text(json.dumps([row]), "utf-8")
        code = cli.main(["power", "--catalogue", str(tmp_path / "rows.json"), "--profile", "smoke",
                         "--jobs", "1"])
        assert (code, "1 of 1 killed" in capsys.readouterr().out) == (0, True)


def served(system: System) -> tuple[str, ...]:
    """The options that serve a system as it is."""
    return ("--template", str(ROOM / system.name / "template.yaml"),
            "--contract", str(ROOM / system.name / "contract.py"),
            "--dialect", str(ROOM / system.name / "dialect.toml"), "--port", "0")


class TestHttp:
    def test_judged(self) -> None:
        """A system that is served speaks its own dialect, and is judged in it at its URL."""
        with serving(*served(TICKETS)) as (url, _):
            ended = judge(url, *FILES, "--profile", "smoke", "--settle-seconds", "5",
                          "--requirement", "API-01", "--requirement", "API-02")
        assert (ended.returncode, "selected requirements passed" in ended.stdout) == (0, True)

    def test_items_out_of_reach(self, capsys: pytest.CaptureFixture[str]) -> None:
        """No URL reaches the table into which a dialect puts an item."""
        files = ("--contract", str(ROOM / "baskets" / "contract.py"),
                 "--dialect", str(ROOM / "baskets" / "dialect.toml"))
        code = cli.main(["run", "--stage", "http", "--base-url", "http://127.0.0.1:9", *files])
        assert (code, "an item of the table ShopsTable" in capsys.readouterr().err) == (2, True)


class TestHosted:
    def test_judged(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Functions that run here speak the dialect, too, when an endpoint has their services."""
        monkeypatch.chdir(tmp_path)
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        try:
            url = "http://{}:{}".format(*server.get_host_and_port())
            code = cli.main(["run", "--stage", "localstack", "--endpoint-url", url, "--functions",
                             "hosted", "--template", str(ROOM / "tickets" / "template.yaml"),
                             *FILES, "--profile", "smoke", "--requirement", "API-07"])
        finally:
            server.stop()
        assert code == 0


class TestSetups:
    def test_refused(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """A set-up that is refused ends the run without a verdict, and tells the reply."""
        text = (ROOM / "baskets" / "dialect.toml").read_text("utf-8")
        (tmp_path / "d.toml").write_text(text.replace("price = 250", 'price = "x"'), "utf-8")
        code = cli.main(["run", "--template", str(ROOM / "baskets" / "template.yaml"),
                         "--contract", str(ROOM / "baskets" / "contract.py"),
                         "--dialect", str(tmp_path / "d.toml"), "--requirement", "API-02"])
        shown = capsys.readouterr()
        told = 'setup.pen in the dialect: it was refused: 400 {"message": "name and price'
        assert (code, told in shown.out + shown.err) == (3, True)
