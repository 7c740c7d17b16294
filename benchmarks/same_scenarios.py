"""Compare two checkouts: the same seeds have to draw the same scenarios, in the same order.

Usage: ``python -m benchmarks.same_scenarios BEFORE AFTER``. BEFORE and AFTER are checkouts with a
``.venv`` of their own, as the README's first command makes one. For every requirement of orders
and accounts the first drawn scenarios of a few seeds and all listed ones are compared by their
JSON texts. The exit code is 0 where all agree, 1 where any differ. It takes a few minutes and
plays nothing; ``same_verdicts`` compares what playing them gives.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from pathlib import Path

LIST = """
import json, sys
from hashlib import sha256
from importlib import import_module

def find(*places):
    for module, name in (place.split(":") for place in places):
        try:
            return getattr(import_module(module), name)
        except (ImportError, AttributeError):
            pass
    sys.exit(f"none of {', '.join(places)} is in this checkout")

drawn = find("harness.explore.drawing:drawn", "harness.drawing:drawn")
to_text = find("harness.core.scenario_json:to_text", "harness.scenario:to_text")
contracts = (find("scenarios.domains.orders:CONTRACT", "scenarios.orders:CONTRACT"),
             find("scenarios.domains.accounts:CONTRACT", "scenarios.accounts:CONTRACT"))

def digest(scenarios):
    text = "\\n".join(map(to_text, scenarios))
    return [len(scenarios), sha256(text.encode("utf-8", "surrogatepass")).hexdigest()]

found = {}
for contract in contracts:
    for id, row in contract.explorations.items():
        about = f"{contract.name} {id}"
        strategy = row.generator(contract, 12) if row.long else row.generator(contract)
        for seed in range(1, 4):
            found[f"{about}, seed {seed}"] = digest(drawn(strategy, 30, seed))
        if row.single:
            found[f"{about}, single"] = digest(drawn(row.single(contract), 3, 1))
        listed = getattr(row, "short_scenarios", None) or getattr(row, "bases", None)
        if listed:
            found[f"{about}, listed"] = digest(listed(contract))
print(json.dumps(found))
"""
"""Runs in either checkout: with the names of today, or those of commit 8626bff."""


def main() -> int:
    """List the scenarios of both checkouts and print where they differ."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    options = parser.parse_args()
    before, after = _listed(options.before), _listed(options.after)
    differing = [name for name in sorted(before | after) if before.get(name) != after.get(name)]
    for name in differing:
        print(f"{name}: {before.get(name)} before, {after.get(name)} after")
    print(f"{len(before) - len(differing)} of {len(before)} lists of scenarios agree")
    return 1 if differing or not before else 0


def _listed(checkout: Path) -> dict[str, list[object]]:
    """The number and the digest of each list of scenarios in a checkout."""
    ended = subprocess.run([checkout / ".venv/bin/python", "-c", LIST], cwd=checkout, check=True,
                           stdout=subprocess.PIPE, text=True)
    listed: dict[str, list[object]] = json.loads(ended.stdout)
    return listed


if __name__ == "__main__":
    raise SystemExit(main())
