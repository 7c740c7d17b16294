"""Keeping a counterexample for each fault of the systems.

``python -m tests.systems.keeping [NAME]``: NAME is a system or one of its broken forms, such as
``tickets-shows_closed``; without one, only those faults are hunted that have no counterexample yet.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from harness.core import scenario_json
from harness.core.scenario import Scenario
from harness.core.verdict import Outcome, Verdict
from harness.explore.campaign import Campaign
from harness.explore.profiles import PROFILES, Profile
from harness.mutants.catalogue import Implementation
from tests.false_alarms import campaign_on
from tests.systems.building import Fault, System
from tests.systems.catalogue import SYSTEMS

SEED = 1


def first_counterexample(campaign: Campaign, fault: Fault) -> Verdict | None:
    """The first failed verdict on a requirement that a fault has to fail; None without one."""
    for id in sorted(fault.fails):
        verdict = campaign.examine(id)
        if verdict.outcome is Outcome.FAILED:
            return verdict
    return None


def _hunted(fault: Fault, broken: Implementation, profile: Profile) -> Verdict | None:
    with (tempfile.TemporaryDirectory() as folder,
          campaign_on(broken, Path(folder), profile, SEED) as campaign):
        return first_counterexample(campaign, fault)


def keep(system: System, fault: Fault, broken: Implementation) -> str:
    """Hunt a fault, keep its counterexample, and return a line that says what was found."""
    verdict = _hunted(fault, broken, PROFILES["smoke"]) or _hunted(fault, broken, PROFILES["quick"])
    if verdict is None or verdict.counterexample is None:
        return f"{broken.name}: not found"
    scenario = verdict.counterexample.scenario
    kept = {"requirement": verdict.requirement.id, "scenario": scenario_json.dump(scenario)}
    file = system.counterexample(fault.name)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")
    steps = len(scenario.steps)
    return f"{broken.name}: {verdict.requirement.id} in {steps} steps: {verdict.reason}"


def kept(system: System, fault: Fault) -> tuple[str, Scenario]:
    """The requirement and the scenario that are kept for a fault."""
    found = json.loads(system.counterexample(fault.name).read_text("utf-8"))
    return found["requirement"], scenario_json.load(found["scenario"])


def main(names: list[str]) -> int:
    """Keep counterexamples of the faults that are named, or of those that have none."""
    for system in SYSTEMS:
        for fault, broken in zip(system.faults, system.broken, strict=True):
            exists = system.counterexample(fault.name).exists()
            if {system.name, broken.name} & set(names) or (not names and not exists):
                print(keep(system, fault, broken), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
