"""The command soak on a system that answers from memory: judged right, and at the rate asked."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from harness.entry.cli import main
from harness.soak.figures import Figures, Times, Wrong, merged
from harness.soak.lives import scripts
from harness.soak.load import Demand
from scenarios.domains.orders import CONTRACT

SYSTEM = Path(__file__).parent / "memory_system.py"


@contextmanager
def system(fault: str = "") -> Iterator[str]:
    """The URL of a system in a process of its own."""
    with subprocess.Popen([sys.executable, str(SYSTEM), fault], stdout=subprocess.PIPE,
                          text=True) as server:
        try:
            assert server.stdout is not None
            yield server.stdout.readline().strip()
        finally:
            server.kill()


def soaked(url: str, folder: Path, *more: str) -> tuple[int, dict[str, Any]]:
    """The exit code and the report of a soak."""
    code = main(["soak", "--base-url", url, "--minutes", "0.1", "--rate", "40", "--users", "8",
                 "--aggregates", "10", "--report-json", str(folder / "report.json"),
                 "--counterexamples", str(folder / "wrong"), *more])
    return code, json.loads((folder / "report.json").read_text("utf-8"))


def test_a_conforming_system(tmp_path: Path) -> None:
    """Nothing is found, and almost all that was due is sent."""
    with system() as url:
        code, report = soaked(url, tmp_path, "--report-html", str(tmp_path / "soak.html"))
    assert (code, report["violations"], report["undecided"]) == (0, [], 0)
    page = (tmp_path / "soak.html").read_text("utf-8")
    assert ("<polyline" in page, "No violation" in page) == (True, True)
    assert report["requests"] > 100
    assert report["latency_ms"]["p50"] <= report["latency_ms"]["p99"] <= report["latency_ms"]["max"]


@pytest.mark.parametrize("fault", ["forgets", "stale"])
def test_a_broken_system(fault: str, tmp_path: Path) -> None:
    """A violation is found, and its history judged again says the same."""
    with system(fault) as url:
        code, report = soaked(url, tmp_path, "--settle-seconds", "1", "--minutes", "0.05")
    again = {main(["check", str(path)]) for path in (tmp_path / "wrong").iterdir()}
    assert (code, bool(report["violations"]), again) == (1, True, {1})


def test_a_system_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["soak", "--base-url", "http://127.0.0.1:9", "--minutes", "0.01"])
    assert (code, "no verdict" in capsys.readouterr().err) == (3, True)


def test_another_machine_has_to_be_allowed(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["soak", "--base-url", "http://10.9.9.9"])
    assert (code, "--allow-host 10.9.9.9" in capsys.readouterr().err) == (2, True)


@pytest.mark.cluster
def test_two_workers_share_the_load(tmp_path: Path) -> None:
    with system() as url:
        code, report = soaked(url, tmp_path, "--workers", "2")
    assert (code, report["violations"], report["requests"] > 100) == (0, [], True)


@pytest.mark.slow
def test_memory_stays_flat(tmp_path: Path) -> None:
    """After many lives the process has no more memory than after a few."""
    psutil = pytest.importorskip("psutil")
    sizes = []
    with system() as url:
        words = ["soak", "--base-url", url, "--minutes", "10", "--rate", "200",
                 "--report-json", str(tmp_path / "report.json")]
        with subprocess.Popen([sys.executable, "-m", "cqrs_conformance", *words]) as run:
            for seconds in (60, 530):
                with pytest.raises(subprocess.TimeoutExpired):
                    run.wait(seconds)
                sizes.append(psutil.Process(run.pid).memory_info().rss)
    assert (run.returncode, sizes[1] < 1.1 * sizes[0]) == (0, True)


def test_the_same_seed_plays_the_same_lives() -> None:
    def first(seed: int) -> list[Any]:
        lives = scripts(CONTRACT, seed)
        return [next(lives) for _ in range(5)]

    assert (first(1) == first(1), first(1) == first(2)) == (True, False)


def test_a_share_has_its_part_of_the_load() -> None:
    share = Demand(60.0, 10.0, 8, 20, 1.0, seed=3).share(1, 2)
    assert (share.rate, share.users, share.aggregates, share.seed) == (5.0, 4, 10, 7)


def test_quantiles_are_near() -> None:
    times = Times()
    for number in range(1, 1001):
        times.add(number / 1000)
    found = times.milliseconds()
    assert (480 < found["p50"] < 540, 950 < found["p99"] <= 1000, found["max"]) == (
        True, True, 1000.0)


def test_workers_figures_add_up() -> None:
    """Violations are counted over all workers; of each kind the shortest history is kept."""
    one, other = Figures(commands=2), Figures(commands=3)
    for figures, length in ((one, 3), (other, 2), (other, 4)):
        figures.violated(Wrong("x", "a", 1, 2, ("line",) * length))
    both = merged([one, other])
    assert (both.commands, both.kinds, [len(w.history) for w in both.wrong]) == (5, {"x": 3}, [2])
