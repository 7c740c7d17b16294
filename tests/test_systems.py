"""Whole systems of other shapes are judged in their own dialects.

The default run plays each conforming system once at ``smoke``, and each broken one by the scenario
that is kept for it. ``slow`` ones play a quick run, drawn seeds, and a hunt for each fault.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from harness.core.verdict import NOT_JUDGED, Outcome, Verdict
from harness.explore.profiles import PROFILES, Profile
from harness.mutants.catalogue import Implementation
from tests.false_alarms import DRAWN, campaign_on, drawn_kills, run_alarms
from tests.miniatures.examining import examine_campaign
from tests.systems.building import EVERYTHING, Fault, System
from tests.systems.catalogue import SYSTEMS
from tests.systems.keeping import first_counterexample, kept

SEEDS = range(1, 51)
TOOLS = {"node": "node"}
"""The program that the tests of a marker run."""


def _marks(system: System) -> list[pytest.MarkDecorator]:
    if system.marker is None:
        return []
    tool = TOOLS[system.marker]
    return [getattr(pytest.mark, system.marker),
            pytest.mark.skipif(shutil.which(tool) is None, reason=f"{tool} is not installed")]


EACH = [pytest.param(each, id=each.name, marks=_marks(each)) for each in SYSTEMS]
EACH_FAULT = [pytest.param(each, fault, broken, id=broken.name, marks=_marks(each))
              for each in SYSTEMS for fault, broken in zip(each.faults, each.broken, strict=True)]


def _verdicts(system: System, folder: Path, profile: Profile) -> dict[str, Verdict]:
    with campaign_on(system.conforming, folder, profile, 1) as campaign:
        if system.smoke == EVERYTHING:
            return examine_campaign(campaign)
        return {each.id: campaign.examine(each.id) for each in system.contract.requirements
                if each.id.startswith(system.smoke)}


@pytest.mark.parametrize("system", EACH)
class TestConforming:
    def test_smoke(self, system: System, tmp_path: Path) -> None:
        """A system passes everything that it promises and that can be judged."""
        verdicts = _verdicts(system, tmp_path, PROFILES["smoke"])
        assert verdicts
        others = {name: (v.outcome, v.reason) for name, v in verdicts.items()
                  if v.outcome not in (Outcome.PASSED, *NOT_JUDGED)}
        left_out = {name for name, v in verdicts.items() if v.outcome in NOT_JUDGED}
        expected = {name for name in system.not_judged if name.startswith(system.smoke)}
        assert (others, left_out) == ({}, expected)

    def test_kept_scenarios(self, system: System, tmp_path: Path) -> None:
        """The scenarios that are kept for its faults show nothing without them."""
        with campaign_on(system.conforming, tmp_path, PROFILES["smoke"], 1) as campaign:
            blamed = [fault.name for fault in system.faults
                      if system.counterexample(fault.name).exists()
                      and campaign.replay(*kept(system, fault)).violation is not None]
        assert blamed == []

    @pytest.mark.slow
    def test_quick(self, system: System, tmp_path: Path) -> None:
        """A whole quick run blames nothing in it."""
        with campaign_on(system.conforming, tmp_path, PROFILES["quick"], 1) as campaign:
            assert run_alarms(campaign) == {}

    @pytest.mark.slow
    def test_other_seeds(self, system: System, tmp_path: Path) -> None:
        """No scenario that another seed draws shows anything wrong with it."""
        for seed in SEEDS:
            row = system.conforming
            with campaign_on(row, tmp_path / str(seed), DRAWN, seed) as campaign:
                assert drawn_kills(campaign, row.counted)[1] == []


@pytest.mark.parametrize(("system", "fault", "broken"), EACH_FAULT)
class TestBroken:
    def test_kept(
        self, system: System, fault: Fault, broken: Implementation, tmp_path: Path
    ) -> None:
        """The scenario that is kept for a fault shows it again."""
        if not system.counterexample(fault.name).exists():
            pytest.skip("no counterexample is kept: python -m tests.systems.keeping")
        requirement, scenario = kept(system, fault)
        with campaign_on(broken, tmp_path, PROFILES["smoke"], 1) as campaign:
            shown = campaign.replay(requirement, scenario).violation
        assert requirement in fault.fails
        assert shown is not None

    @pytest.mark.slow
    def test_hunt(
        self, system: System, fault: Fault, broken: Implementation, tmp_path: Path
    ) -> None:
        """A run finds a fault under a requirement that it violates, and makes it small."""
        with campaign_on(broken, tmp_path, PROFILES["quick"], 1) as campaign:
            found = first_counterexample(campaign, fault)
        assert found is not None
        assert found.requirement.id in fault.fails
