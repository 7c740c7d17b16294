"""Compare two checkouts: the same seeds have to give the same verdicts and counterexamples.

Usage: ``python -m benchmarks.same_verdicts BEFORE AFTER --keep FOLDER``. BEFORE and AFTER are
checkouts with a ``.venv`` of their own, as the README's first command makes one. Each plays the
references and some mutants; the mutants are built once, from BEFORE, so that both judge the same
code. FOLDER keeps every report, and a report that is there is not made again. The exit code is 0
where all reports agree, 1 where one differs, 2 for wrong usage.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

MUTANTS = (
    "refuses_with_500", "mass_assignment", "retry_appends_again", "ignores_order",
    "handles_twice", "query_writes", "projection_publishes", "caches_aggregate_between_invocations",
    "treats_listing_error_as_empty", "deletes_before_writing", "overdraft_by_a_cent",
)
"""One for each family of faults, and one for the accounts."""
BUILD = """
import sys
from pathlib import Path
from tests.miniatures.accounts import BANKING
from tests.miniatures.building import build
from tests.miniatures.catalogue import CATALOGUE
from tests.miniatures.disturbed import DISTURBED
rows = {row.name: row for row in (*CATALOGUE, *DISTURBED, *BANKING)}
for name in sys.argv[2:]:
    print(rows[name].contract.name, build(rows[name], Path(sys.argv[1]) / name))
"""
"""Runs in BEFORE, whatever its layout: the names are those of commit 8626bff, the last one before
the rooms were built, and must stay valid there."""
LONGEST_RUN = 3600
"""Seconds that one run may take."""


@dataclass(frozen=True, slots=True)
class Case:
    """One run: a contract, a template and a seed."""

    name: str
    contract: str
    template: str | None
    seed: int


def main() -> int:
    """Play both checkouts and print where they differ."""
    options = _options()
    cases = list(_cases(options))
    sides = {"before": options.before, "after": options.after}
    with ThreadPoolExecutor(options.jobs) as pool:
        list(pool.map(partial(_play_both, sides, options), cases))
    if not options.after:
        return 0
    differing = [case for case in cases if _differ(options.keep, case)]
    print(f"{len(cases) - len(differing)} of {len(cases)} runs agree")
    return 1 if differing else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path, nargs="?", help="left out: only BEFORE is played")
    parser.add_argument("--keep", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--seeds", type=int, default=5, metavar="N",
                        help="seeds 1 to N of the references")
    parser.add_argument("--mutant-seeds", type=int, default=5, metavar="N",
                        help="seeds 1 to N of the mutants")
    parser.add_argument("--mutants", nargs="*", default=MUTANTS, choices=MUTANTS, metavar="NAME",
                        help="the mutants to play, without a name none")
    parser.add_argument("--profile", default="quick",
                        help="how much a run tries; a FOLDER is for one profile")
    parser.add_argument("--jobs", type=int, default=1)
    return parser.parse_args()


def _cases(options: argparse.Namespace) -> Iterator[Case]:
    for seed in range(1, options.seeds + 1):
        for contract in ("orders", "accounts"):
            yield Case(f"reference_{contract}", contract, None, seed)
    templates = _mutants(options.before, options.keep / "mutants") if options.mutants else {}
    for seed in range(1, options.mutant_seeds + 1):
        for name in options.mutants:
            contract, template = templates[name]
            yield Case(name, contract, template, seed)


def _mutants(checkout: Path, folder: Path) -> dict[str, tuple[str, str]]:
    listing = folder / "listing.json"
    if not listing.exists():
        folder.mkdir(parents=True, exist_ok=True)
        built = subprocess.run(
            [checkout / ".venv/bin/python", "-c", BUILD, folder, *MUTANTS],
            cwd=checkout, check=True, capture_output=True, text=True,
        )
        lines = [line.split(" ", 1) for line in built.stdout.splitlines()]
        listing.write_text(json.dumps(dict(zip(MUTANTS, lines, strict=True))))
    return {name: (contract, template)
            for name, (contract, template) in json.loads(listing.read_text()).items()}


def _play_both(
    sides: dict[str, Path | None], options: argparse.Namespace, case: Case
) -> None:
    for label, checkout in sides.items():
        if checkout:
            _play(checkout, options.keep / label, case, options.profile)


def _play(checkout: Path, keep: Path, case: Case, profile: str) -> None:
    report = keep / f"{case.name}-{case.seed}.json"
    if report.exists():
        return
    keep.mkdir(parents=True, exist_ok=True)
    partly = report.with_suffix(".part")
    command = [checkout / ".venv/bin/cqrs-conformance", "run", "--contract", case.contract,
               "--seed", str(case.seed), "--profile", profile, "--report-json", partly,
               "--counterexamples", keep / "counterexamples"]
    if case.template:
        command += ["--template", case.template]
    ended = subprocess.run(command, cwd=checkout, capture_output=True, text=True,
                           timeout=LONGEST_RUN, check=False)
    if not partly.exists():
        raise SystemExit(f"{case}: no report, exit {ended.returncode}:\n{ended.stdout[-2000:]}")
    partly.rename(report)


def _differ(keep: Path, case: Case) -> bool:
    before, after = (_judged(keep / label / f"{case.name}-{case.seed}.json")
                     for label in ("before", "after"))
    for id in sorted(before | after):
        if before.get(id) != after.get(id):
            print(f"{case.name}, seed {case.seed}: {id}: {before.get(id)} before, "
                  f"{after.get(id)} after")
    return before != after


def _judged(report: Path) -> dict[str, Any]:
    document = json.loads(report.read_text())
    return {row["id"]: (row["outcome"], (row["counterexample"] or {}).get("scenario"))
            for row in document["requirements"]}


if __name__ == "__main__":
    raise SystemExit(main())
