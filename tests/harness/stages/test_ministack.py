"""The MiniStack stage: judged over HTTP, begun and ended with the run."""

import json
import os
import signal
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from shutil import copytree

import pytest

from harness.core.contract_registry import reference_template
from harness.core.errors import StageError
from harness.entry import cli
from harness.entry import stage_options as opening
from harness.stages.deployed import ministack
from harness.stages.deployed.settings import SettingsError
from harness.stages.options import StageOptions
from harness.template import load
from scenarios.domains.orders import CONTRACT
from tests.miniatures.building import build
from tests.miniatures.catalogue import CATALOGUE
from tests.miniatures.disturbed import DISTURBED
from tests.systems.building import ROOM
from tests.variants.changed import CONFORMING

REFERENCE = reference_template(CONTRACT)
WAITS = """
import sys, threading
print("up", flush=True)
threading.Event().wait(60)
"""
STARTS = """
import os, sys
from harness.stages.deployed.ministack import MiniStack
stack = MiniStack().start()
print(stack.cloud.endpoint, flush=True)
os.kill(os.getpid(), 9)
"""


@pytest.mark.parametrize(("name", "refused"), [
    ("relay", False), ("shards", False), ("pipe", True), ("crossed", True), ("enriched", True)])
def test_pipes(name: str, refused: bool) -> None:
    """A pipe that MiniStack does not carry is refused, before the system is blamed for it."""
    template = load(ROOM / "lockers" / f"{name}.yaml")
    with pytest.raises(StageError, match="it has no pipe") if refused else nullcontext():
        ministack.refuse_pipes(template)



class TestTethered:
    def test_ends_with_its_input(self, tmp_path: Path) -> None:
        """A program ends when whoever started it is gone, though nobody told it."""
        (tmp_path / "waits.py").write_text(WAITS, "utf-8")
        environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
        with subprocess.Popen(
            [sys.executable, "-m", "harness.stages.deployed.until_stdin_ends", "waits"],
            env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
        ) as process:
            assert process.stdout is not None
            assert process.stdin is not None
            first = process.stdout.readline()
            process.stdin.close()
            assert (first, process.wait(30)) == (b"up\n", -signal.SIGKILL)


class TestMistakes:
    def test_not_installed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without MiniStack it is said how to get it."""
        monkeypatch.setattr(ministack, "installed", lambda: False)
        with pytest.raises(SettingsError, match=r"pip install 'cqrs-conformance\[ministack\]'"):
            opening.settings_of(StageOptions(stage="ministack"))

    def test_url(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """It knows itself where it is."""
        monkeypatch.setattr(ministack, "installed", lambda: True)
        code = cli.main(["run", "--stage", "ministack", "--base-url", "http://localhost"])
        assert (code, "belongs to --stage http" in capsys.readouterr().err) == (2, True)

    def test_ends_at_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """If it ends instead of starting, its own last words are told, and nothing is left."""
        monkeypatch.setattr(ministack, "MODULE", "nothing_of_the_kind")
        with pytest.raises(StageError, match=r"ended instead of starting: .*nothing_of_the_kind"):
            ministack.MiniStack().start()


@pytest.mark.ministack
class TestStage:
    def test_reference_passes(self, tmp_path: Path) -> None:
        """The reference implementation is deployed there and conforms, as far as can be seen."""
        report = tmp_path / "report.json"
        code = cli.main(["run", "--stage", "ministack", "--seed", "1", "--profile", "smoke",
                         "--report-json", str(report),
                         "--requirement", "CMD-01", "PRJ-02", "PRJ-09", "CMD-10"])
        outcomes = {v["id"]: v["outcome"] for v in json.loads(report.read_text())["requirements"]}
        assert (code, outcomes) == (0, {
            "CMD-01": "passed", "CMD-10": "skipped", "PRJ-02": "passed", "PRJ-09": "passed"})

    def test_broken(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """A projection that handles a repeated event again is caught, and caught again."""
        copytree(REFERENCE.parent, tmp_path / "copy")
        projector = tmp_path / "copy" / "lambdas" / "projector.py"
        text = projector.read_text("utf-8")
        guard = "if event.version <= seen.version:"
        assert guard in text
        projector.write_text(text.replace(guard, "if False:"), "utf-8")
        kept = tmp_path / "kept"
        code = cli.main(["run", "--stage", "ministack", "--template", str(tmp_path / "copy"),
                         "--requirement", "PRJ-02", "--seed", "1", "--counterexamples", str(kept),
                         "--settle-seconds", "10", "--profile", "smoke", "--replays", "2"])
        (file,) = kept.iterdir()
        again = cli.main(["replay", str(file), "--stage", "moto"])
        assert (code, again, capsys.readouterr().out.count("reproduced on moto")) == (1, 1, 1)

    @pytest.mark.slow
    @pytest.mark.parametrize(("name", "requirement", "profile"), [
        ("loses_last_event", "PRJ-01", "smoke"), ("update_replaces_item", "PRJ-01", "smoke"),
        ("handles_twice", "PRJ-02", "quick"), ("ignores_order", "PRJ-04", "quick"),
        ("puts_without_condition", "CMD-04", "quick")])
    def test_miniatures(self, tmp_path: Path, name: str, requirement: str, profile: str) -> None:
        """Of each kind of fault that shows there one is found where it is deployed."""
        miniature = next(m for m in (*CATALOGUE, *DISTURBED) if m.name == name)
        template = build(miniature, tmp_path / "broken")
        code = cli.main(["run", "--stage", "ministack", "--template", str(template), "--seed", "1",
                         "--requirement", requirement, "--profile", profile,
                         "--counterexamples", str(tmp_path / "kept")])
        assert code == 1

    @pytest.mark.slow
    @pytest.mark.parametrize("name", ["http_api", "queues_events"])
    def test_variants(self, tmp_path: Path, name: str) -> None:
        """Other designs conform where they are deployed."""
        variant = next(v for v in CONFORMING if v.name == name)
        template = variant.build(tmp_path)
        assert cli.main(["run", "--stage", "ministack", "--template", str(template), "--seed", "1",
                         "--profile", "smoke"]) == 0

    def test_killed(self, tmp_path: Path) -> None:
        """When the run is killed MiniStack ends as well."""
        environment = {**os.environ, "TMPDIR": str(tmp_path)}  # what it leaves ends with the test
        done = subprocess.run([sys.executable, "-c", STARTS], capture_output=True, text=True,
                              check=False, timeout=120, env=environment)
        url = done.stdout.strip()
        assert (done.returncode, ministack.healthy(url)) == (-signal.SIGKILL, False)
