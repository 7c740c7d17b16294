"""The command ``power``: a catalogue of known bugs, hunted by the harness and by the baseline.

Exit: 0 all are killed, 1 some survived or a conforming one raised a false alarm, 2 wrong usage,
3 some hunt has no result.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from harness.core.temporary_folders import temporary_folder
from harness.mutants.catalogue import Catalogue, find_catalogue, select
from harness.mutants.hunt_process import Hunter, Task
from harness.mutants.parallel import run_all
from harness.mutants.results import HuntedImplementation, HuntOutcome, HuntResult, MutationResults
from harness.report import power as report
from harness.report.curve import Curve, draw
from harness.report.summary import check_writable, write, write_text


def measure(options: argparse.Namespace, _: list[str]) -> int:
    """Hunt every chosen implementation, report the results and return the exit code."""
    found = find_catalogue(options.catalogue, options.contract, options.dialect)
    catalogue = select(found, options.only)
    for path in (options.json, options.picture):
        if path:
            check_writable(Path(path))
    power = _hunted(catalogue, options)
    settings = _settings(options)
    print("\n".join(report.render(power, settings)))
    if options.json:
        write(Path(options.json), report.document(power, settings))
    if options.picture:
        write_text(Path(options.picture), _picture(power, options.budget))
    return report.exit_code(power)


def _hunted(catalogue: Catalogue, options: argparse.Namespace) -> MutationResults:
    """All hunts; the baseline hunts mutants only, because it judges too little of a contract."""
    found: dict[tuple[str, Hunter], HuntResult] = {}
    with temporary_folder() as folder:
        tasks = [_task(options, folder, implementation.name, hunter)
                 for implementation in catalogue for hunter in Hunter
                 if hunter is Hunter.HARNESS
                 or not (implementation.conforms or options.no_baseline)]
        for task, result in run_all(tasks, options.jobs):
            found[task.name, task.hunter] = result
            line = report.progress(len(found), len(tasks), task.name, task.hunter.value, result)
            print(line, file=sys.stderr, flush=True)
    return MutationResults(tuple(
        HuntedImplementation(s, found[s.name, Hunter.HARNESS], found.get((s.name, Hunter.BASELINE)))
        for s in catalogue))


def _task(options: argparse.Namespace, folder: Path, name: str, hunter: Hunter) -> Task:
    own = Path(mkdtemp(dir=folder))
    return Task(options.catalogue, name, hunter, own, options.profile, options.seed,
                options.budget, options.contract, options.dialect)


def _settings(options: argparse.Namespace) -> dict[str, Any]:
    """The settings that the figures depend on; a busy machine makes seconds long."""
    return {
        "profile": options.profile, "seed": options.seed, "budget": options.budget,
        "jobs": options.jobs, "processors": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
    }


def _picture(power: MutationResults, budget: float) -> str:
    curves = [_curve("cqrs-conformance", power.results)]
    if power.baselines:
        curves.append(_curve("a plain state machine", power.baselines))
    return draw(curves, budget, "Known bugs found over time")


def _curve(label: str, results: Sequence[HuntResult]) -> Curve:
    killed = tuple(result.seconds for result in results if result.outcome is HuntOutcome.KILLED)
    return Curve(label, killed, len(results))
