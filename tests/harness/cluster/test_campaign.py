"""A campaign over many seeds reports the same, whoever plays it and whatever becomes of them."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.miniatures.building import build
from tests.miniatures.catalogue import CATALOGUE

pytestmark = pytest.mark.cluster
psutil = pytest.importorskip("psutil")
REQUIREMENTS = ("API-02", "API-12", "PRJ-02")
DEADLINE = 400.0


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template of a miniature that violates API-12."""
    (row,) = (row for row in CATALOGUE if row.name == "mass_assignment")
    return build(row, tmp_path_factory.mktemp("broken") / "system")


def started(template: Path, folder: Path, *more: str) -> subprocess.Popen[str]:
    """The command, begun in an empty folder."""
    folder.mkdir()
    words = ["run", "--template", str(template), "--profile", "smoke", "--seeds", "1:4",
             "--requirement", *REQUIREMENTS, "--report-json", "report.json", *more]
    return subprocess.Popen([sys.executable, "-m", "cqrs_conformance", *words], cwd=folder,
                            env=os.environ | {"PYTHONFAULTHANDLER": "1"}, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def begun(template: Path, folder: Path) -> subprocess.Popen[str]:
    """The command, with two workers that have started."""
    run = started(template, folder, "--workers", "2")
    assert run.stdout is not None
    assert run.stdout.readline().startswith("dashboard")
    return run


def report_of(run: subprocess.Popen[str], folder: Path) -> Any:
    """The report of a run that ended with a violation, without times."""
    said = said_by(run)
    assert run.returncode == 1, said
    assert "API-12" in said
    report = json.loads((folder / "report.json").read_text("utf-8"))
    return _timeless(report)


def said_by(run: subprocess.Popen[str]) -> str:
    """All that a run says; the stacks of its threads where it does not end."""
    try:
        return run.communicate(timeout=DEADLINE)[0]
    except subprocess.TimeoutExpired:
        for process in psutil.Process(run.pid).children():
            process.send_signal(signal.SIGABRT)
        return f"it did not end: {run.communicate(timeout=60)[0]}"


def _timeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _timeless(each) for name, each in value.items()
                if name not in ("seconds", "started", "measured")}
    return [_timeless(each) for each in value] if isinstance(value, list) else value


@pytest.fixture(scope="module")
def expected(broken: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The report of one worker."""
    folder = tmp_path_factory.mktemp("one") / "run"
    return report_of(started(broken, folder, "--workers", "1"), folder)


def test_one_worker_finds_the_violation(expected: Any) -> None:
    outcomes = {each["id"]: each["outcome"] for each in expected["requirements"]}
    assert outcomes == {"API-02": "passed", "API-12": "failed", "PRJ-02": "passed"}
    assert expected["seeds"]["played"] == {"API-02": 4, "API-12": 3, "PRJ-02": 4}


def test_the_story_names_the_file_that_plays_it(expected: Any) -> None:
    """A seed of its own has met it, so that a run with the first one need not."""
    (failed,) = (each for each in expected["requirements"] if each["outcome"] == "failed")
    commands = failed["counterexample"]["reproduce"]
    assert [command.split()[:2] for command in commands] == [["cqrs-conformance", "replay"]]


def test_a_report_alone_on_the_standard_output(broken: Path, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    words = ["run", "--template", str(broken), "--profile", "smoke", "--seeds", "1", "--workers",
             "1", "--requirement", "API-02", "--report-json", "-"]
    ended = subprocess.run([sys.executable, "-m", "cqrs_conformance", *words], cwd=tmp_path / "run",
                           capture_output=True, text=True, timeout=DEADLINE, check=False)
    assert json.loads(ended.stdout)["verdict"] == "selected requirements passed"
    assert not (tmp_path / "run" / "-").exists()


def test_workers_of_a_cluster_report_the_same(
    broken: Path, expected: Any, tmp_path: Path
) -> None:
    """They have the system's files from the run alone, and keep nothing of it."""
    with cluster(tmp_path, workers=2) as (address, _):
        run = started(broken, tmp_path / "run", "--scheduler", address)
        assert report_of(run, tmp_path / "run") == expected
        assert not list((tmp_path / "temporary").glob("cqrs-conformance-*/system"))


@pytest.mark.parametrize("kills", [3, pytest.param(20, marks=pytest.mark.slow)])
def test_killed_workers_change_nothing(
    broken: Path, expected: Any, tmp_path: Path, kills: int
) -> None:
    run = begun(broken, tmp_path / "run")
    chance = random.Random(kills)
    while kills and run.poll() is None:
        time.sleep(chance.uniform(1.0, 4.0))
        if workers := workers_of(run):
            chance.choice(workers).kill()
            kills -= 1
    assert report_of(run, tmp_path / "run") == expected


def test_workers_that_die_while_they_start_are_replaced(
    broken: Path, expected: Any, tmp_path: Path
) -> None:
    run = begun(broken, tmp_path / "run")
    killed: set[int] = set()
    while len(killed) < 4:
        time.sleep(0.1)
        for worker in workers_of(run):
            worker.kill()
            killed.add(worker.pid)
    assert report_of(run, tmp_path / "run") == expected


def workers_of(run: subprocess.Popen[str]) -> list[psutil.Process]:
    """The processes of a run's own workers that live now."""
    with suppress(psutil.NoSuchProcess):
        return [each for each in psutil.Process(run.pid).children(recursive=True)
                if "spawn_main" in " ".join(each.cmdline())]
    return []


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_nothing_is_left_of_a_run_that_is_ended(
    broken: Path, tmp_path: Path, sent: signal.Signals
) -> None:
    run = begun(broken, tmp_path / "run")
    time.sleep(2)
    children = psutil.Process(run.pid).children(recursive=True)
    run.send_signal(sent)
    run.wait(60)
    _, alive = psutil.wait_procs(children, timeout=30)
    assert not alive


def test_an_address_where_nothing_answers_is_told(broken: Path, tmp_path: Path) -> None:
    run = started(broken, tmp_path / "run", "--scheduler", f"tcp://127.0.0.1:{free_port()}")
    said, _ = run.communicate(timeout=DEADLINE)
    assert run.returncode == 3
    assert "no verdict: --scheduler tcp://127.0.0.1" in said
    assert "Traceback" not in said


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        found: int = probe.getsockname()[1]
        return found


@contextmanager
def cluster(folder: Path, workers: int) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and workers of its own, as somebody else would have them running."""
    (folder / "temporary").mkdir()
    environment = os.environ | {"TMPDIR": str(folder / "temporary")}
    address = f"tcp://127.0.0.1:{free_port()}"
    port = address.rpartition(":")[2]
    commands = [["scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard"],
                *[["worker", address, "--nthreads", "1", "--no-dashboard"]] * workers]
    running = [subprocess.Popen([sys.executable, "-m", "dask", *words], cwd=folder,
                                env=environment, stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL) for words in commands]
    try:
        yield address, running
    finally:
        for each in reversed(running):
            each.terminate()
        for each in running:
            each.wait(30)
