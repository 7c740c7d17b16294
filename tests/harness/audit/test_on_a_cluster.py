"""An audit on Dask's workers finds the same, also where it or a worker is killed meanwhile."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.harness.audit.documents import kinds, orders

pytestmark = pytest.mark.cluster
psutil = pytest.importorskip("psutil")
DEADLINE = 300.0
SMALL = ("import sys\n"
         "from harness.audit import partitions, sources\n"
         "from harness.entry.cli import main\n"
         "if __name__ == '__main__':\n"
         "    partitions.PARTITION_BYTES = int(sys.argv.pop(1))\n"
         "    sources.PIECE_BYTES = 4 * partitions.PARTITION_BYTES\n"
         "    sys.exit(main())\n")
"""The command with small partitions, so that few events have several."""


def started(folder: Path, size: int, *more: str) -> subprocess.Popen[str]:
    """The command on the files of a folder."""
    script = folder / "small.py"
    script.write_text(SMALL)
    words = ["audit", "--events", str(folder / "e.jsonl"), "--views", str(folder / "v.jsonl"),
             "--workers", "2", "--report-json", str(folder / "report.json"), *more]
    return subprocess.Popen([sys.executable, str(script), str(size), *words],
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def ended(run: subprocess.Popen[str]) -> int:
    """Wait for the command."""
    said, _ = run.communicate(timeout=DEADLINE)
    assert run.returncode in (1, 2), said
    return run.returncode


def test_two_workers_find_what_one_process_finds(tmp_path: Path) -> None:
    found = orders(tmp_path, 200)[2]
    assert (ended(started(tmp_path, 8000)), kinds(tmp_path / "report.json")) == (1, found)


def test_an_input_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    events = orders(tmp_path, 200)[0]
    events.write_text(events.read_text() + "{\n")
    run = started(tmp_path, 8000)
    said, _ = run.communicate(timeout=DEADLINE)
    assert (run.returncode, f"{events}:381" in said) == (2, True), said


def test_a_killed_worker_changes_nothing(tmp_path: Path) -> None:
    found = orders(tmp_path, 2000)[2]
    run = started(tmp_path, 60_000)
    assert run.stdout is not None
    assert run.stdout.readline().startswith("dashboard")
    workers = [each for each in psutil.Process(run.pid).children(recursive=True)
               if "spawn_main" in " ".join(each.cmdline())]
    workers[0].kill()
    assert (ended(run), kinds(tmp_path / "report.json")) == (1, found)


def test_a_killed_audit_goes_on(tmp_path: Path) -> None:
    """A partition that was finished before the kill is not judged again."""
    found = orders(tmp_path, 2000)[2]
    out = tmp_path / "out"
    run = started(tmp_path, 60_000, "--out", str(out))
    deadline = time.monotonic() + DEADLINE
    while not list(out.glob("partitions/*.parquet")) and time.monotonic() < deadline:
        time.sleep(0.05)
    children = psutil.Process(run.pid).children(recursive=True)
    run.send_signal(signal.SIGKILL)
    run.wait()
    psutil.wait_procs(children, timeout=DEADLINE)
    again = started(tmp_path, 60_000, "--out", str(out))
    assert (ended(again), kinds(tmp_path / "report.json")) == (1, found)
