"""How far audits and soaks go on this machine, as ratios of one run.

Run from the root of the project: ``python -m benchmarks.scale [--orders N] [--seconds S]``.

- *bare loop*: ``json.loads`` of every line and the contract's fold, in this process.
- *audit*: the command on the same lines, in one process, with one worker and with two; the start
  of the workers counts, and is shown by an audit of a few lines.
- *soak*: the rate that a system which answers from memory gets, and the highest rate of those
  tried that ``serve`` keeps up with (nine tenths of what was asked).

CPU seconds are those of the process and its children, so that neighbours do not count.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from typing import Any

from harness.core import contract_registry as registry
from tests.harness.audit.documents import orders

COMMAND = (sys.executable, "-m", "cqrs_conformance")
FEW = 10
RATES = (20, 40, 60, 80, 100, 120)
MEMORY_SYSTEM = Path(__file__).parents[1] / "tests" / "harness" / "soak" / "memory_system.py"
KEEPS_UP = 0.9


@dataclass(frozen=True, slots=True)
class Taken:
    """Seconds by the clock and by the processors, and the most memory of one process in MB."""

    wall: float
    cpu: float
    memory: float


def measured(work: Callable[[], object]) -> Taken:
    """Do some work and see what it took."""
    before, started = _cpu(), time.perf_counter()
    work()
    return Taken(time.perf_counter() - started, _cpu() - before,
                 getrusage(RUSAGE_CHILDREN).ru_maxrss / 1024)


def _cpu() -> float:
    used = [getrusage(who) for who in (RUSAGE_SELF, RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def bare_loop(events: Path) -> int:
    """Read every event and fold those of each aggregate; return how many there are."""
    contract = registry.find_contract("orders")
    by_aggregate: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in events.read_bytes().splitlines():
        event = json.loads(line)
        by_aggregate[event["orderId"]].append(event)
    for history in by_aggregate.values():
        state = contract.initial
        for event in sorted(history, key=lambda each: int(each["version"])):
            state = contract.evolve(state, event)
        contract.view(state)
    return sum(map(len, by_aggregate.values()))


def audited(folder: Path, *more: str) -> None:
    """Audit the files of a folder by the command."""
    done = subprocess.run(
        [*COMMAND, "audit", "--events", str(folder / "e.jsonl"), "--views",
         str(folder / "v.jsonl"), *more], capture_output=True, text=True, check=False)
    if done.returncode != 1:
        raise SystemExit(done.stdout + done.stderr)


def audits(folder: Path, number: int) -> Iterator[str]:
    """Lines about audits of that many orders."""
    few = folder / "few"
    few.mkdir()
    orders(few, FEW)
    orders(folder, number)
    count = bare_loop(folder / "e.jsonl")
    bare = measured(lambda: bare_loop(folder / "e.jsonl"))
    yield f"{count} events, bare loop: {bare.cpu:.1f} s"
    start = measured(lambda: audited(few))
    alone = measured(lambda: audited(folder))
    work = alone.cpu - start.cpu
    yield (f"audit, one process: {alone.wall:.1f} s, {alone.cpu:.1f} s CPU ({start.cpu:.1f} to "
           f"start), {alone.memory:.0f} MB; {60 * count / work:,.0f} events a minute and core; "
           f"bare loop / audit {bare.cpu / work:.2f} (aim 0.5)")
    waits = []
    for workers in ("1", "2"):
        first = measured(lambda: audited(few, "--workers", workers))  # noqa: B023
        whole = measured(lambda: audited(folder, "--workers", workers))  # noqa: B023
        waits.append(whole.wall - first.wall)
        yield (f"audit, {workers} of Dask's workers: {whole.wall:.1f} s ({first.wall:.1f} to "
               f"start), {whole.cpu:.1f} s CPU")
    yield f"two workers are {waits[0] / waits[1]:.2f} times as fast as one (aim 1.8)"


@contextmanager
def system(*command: str) -> Iterator[str]:
    """The URL that a process prints first."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
                          ) as server:
        try:
            assert server.stdout is not None
            yield next(word for word in server.stdout.readline().split()
                       if word.startswith("http"))
        finally:
            server.terminate()


def soaked(url: str, rate: int, seconds: float) -> dict[str, Any]:
    """The report of a soak."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        subprocess.run(
            [*COMMAND, "soak", "--base-url", url, "--rate", str(rate), "--minutes",
             str(seconds / 60), "--report-json", str(report), "--counterexamples", folder],
            capture_output=True, check=False)
        found: dict[str, Any] = json.loads(report.read_text("utf-8"))
        return found


def soaks(seconds: float) -> Iterator[str]:
    """Lines about soaks of a system in memory and of ``serve``."""
    with system(sys.executable, str(MEMORY_SYSTEM), "") as url:
        report = soaked(url, 200, seconds)
        yield f"soak, from memory, 200 a second asked: {_figures(report)}"
    kept = 0.0
    for rate in RATES:
        with system(*COMMAND, "serve") as url:
            report = soaked(url, rate, seconds)
        yield f"soak, serve, {rate} a second asked: {_figures(report)}"
        if report["achieved_rate"] < KEEPS_UP * rate:
            break
        kept = report["achieved_rate"]
    yield f"serve sustains {kept:.1f} requests a second"


def _figures(report: dict[str, Any]) -> str:
    latency = report["latency_ms"]
    return (f"{report['achieved_rate']:.1f}, p50 {latency['p50']:.0f} ms, p99 "
            f"{latency['p99']:.0f} ms, {len(report['violations'])} violations, "
            f"{report['undecided']} undecided")


def main() -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(description="Ratios of audits and soaks on this machine.")
    parser.add_argument("--orders", type=int, default=50_000)
    parser.add_argument("--seconds", type=float, default=20.0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for line in (*audits(Path(folder), given.orders), *soaks(given.seconds)):
            print(line, flush=True)


if __name__ == "__main__":
    main()
