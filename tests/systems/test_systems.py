"""Whole systems are judged as they are, by their template, their contract and their dialect."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from harness.core import scenario_json
from harness.core.contract import Contract
from harness.core.stage import Stage
from harness.core.verdict import Outcome
from harness.explore.campaign import Campaign
from harness.explore.profiles import PROFILES
from harness.mutants.catalogue import Implementation
from harness.stages.embedded.systems import dialect_of, embedded_system
from harness.template import load
from tests.miniatures.examining import confirmed
from tests.systems.catalogue import BROKEN, CONTRACTS, FOLDER, SYSTEMS, Broken

NOT_JUDGED = {
    "tickets": {"API-04", "API-05", "CMD-06", "CMD-07", "CMD-09", "PRJ-11"},
    "stock": {"API-04", "API-05", "API-11", "CMD-09", "PRJ-11"},
    "club": {"API-04", "API-05", "CMD-06", "CMD-07", "CMD-09", "PRJ-11"},
}
"""For each system the requirements that make no sense there, or that need a line or a queue."""


@contextmanager
def opened(system: Implementation, folder: Path) -> Iterator[Stage]:
    template = load(system.build(folder))
    dialect = dialect_of(template, system.contract, system.dialect_beside(template.path))
    with embedded_system(template, system.contract, dialect) as stage:
        yield stage


def named(name: str) -> Implementation:
    return next(system for system in SYSTEMS if system.name == name)


@pytest.mark.parametrize("name", CONTRACTS)
def test_conforms(name: str, tmp_path: Path) -> None:
    """Each system passes all that its dialect lets be judged."""
    contract = CONTRACTS[name]
    with opened(named(name), tmp_path) as stage:
        campaign = Campaign(contract, stage, PROFILES["smoke"], 1)
        verdicts = [campaign.examine(r.id) for r in contract.requirements]
        others = confirmed(campaign, verdicts)
    told = {v.requirement.id: (v.outcome, v.reason) for v in (*verdicts, *others.values())
            if v.requirement.id not in NOT_JUDGED[name] and v.outcome is not Outcome.PASSED}
    assert told == {}
    left_out = {v.requirement.id for v in verdicts if v.outcome in (
        Outcome.SKIPPED, Outcome.NOT_APPLICABLE)}
    assert left_out == NOT_JUDGED[name]


def kept(row: Broken) -> Any:
    """The counterexample that a hunt has found for a broken system."""
    return json.loads((FOLDER / "counterexamples" / f"{row.name}.json").read_text("utf-8"))


@pytest.mark.parametrize("row", BROKEN, ids=lambda row: row.name)
def test_broken(row: Broken, tmp_path: Path) -> None:
    """Each broken system violates its requirement in the scenario that was found; others do not."""
    found = kept(row)
    scenario = scenario_json.load(found["scenario"])
    shown = []
    for name in (row.name, row.system):
        folder = tmp_path / name
        with opened(named(name), folder) as stage:
            shown.append(violated(CONTRACTS[row.system], stage, row.fails, scenario))
    assert (found["requirement"], shown) == (row.fails, [True, False])


def violated(contract: Contract, stage: Stage, requirement: str, scenario: Any) -> bool:
    campaign = Campaign(contract, stage, PROFILES["smoke"], 1)
    return campaign.replay(requirement, scenario).violation is not None


@pytest.mark.slow
@pytest.mark.parametrize("row", BROKEN, ids=lambda row: row.name)
def test_found(row: Broken, tmp_path: Path) -> None:
    """Each broken system is found to violate its requirement."""
    with opened(named(row.name), tmp_path) as stage:
        verdict = Campaign(CONTRACTS[row.system], stage, PROFILES["quick"], 2).examine(row.fails)
    assert verdict.outcome is Outcome.FAILED
