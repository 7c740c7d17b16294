"""Bugs of designs with locks, leases, snapshots, queues: each is found by the requirement named."""

from pathlib import Path

import pytest

from harness.core.verdict import Outcome
from harness.explore.campaign import Campaign
from harness.explore.profiles import PROFILES
from harness.stages.embedded.stage import MotoStage
from harness.template import load
from tests.miniatures.examining import confirmed
from tests.miniatures.kinds import KINDS, Kind, build_kind

EVERYDAY = frozenset({
    "lease_is_shorter_than_the_time_out", "lock_is_kept_after_a_refusal",
    "lifecycle_rule_removes_events", "publishes_only_while_there_is_time",
})
"""Those that every run of the tests makes."""


@pytest.mark.parametrize("kind", [
    pytest.param(kind, id=kind.name,
                 marks=() if kind.name in EVERYDAY else pytest.mark.catalogue)
    for kind in KINDS])
def test_is_found(kind: Kind, tmp_path: Path) -> None:
    """The quick profile's scenarios of one requirement show what is violated, and nothing else."""
    with MotoStage(load(build_kind(kind, tmp_path)), kind.contract.path) as stage:
        verdict = Campaign(kind.contract, stage, PROFILES["quick"], 1).examine(kind.by)
    own = {kind.by} if verdict.outcome is Outcome.FAILED else set()
    found = own | verdict.other_requirements.keys()

    assert found
    assert found <= kind.fails


@pytest.mark.catalogue
def test_left_by_earlier_plays(tmp_path: Path) -> None:
    """A violation that needs the leavings of earlier plays hides none that shows alone."""
    (kind,) = (kind for kind in KINDS if kind.name == "key_belongs_to_all_orders")
    with MotoStage(load(build_kind(kind, tmp_path)), kind.contract.path) as stage:
        campaign = Campaign(kind.contract, stage, PROFILES["quick"], 1)
        found = confirmed(campaign, [campaign.examine(kind.by)])

    assert found.keys() == {"PRJ-10"}
