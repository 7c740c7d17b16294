"""A FIFO queue hands over one thing after another, and nothing is judged that needs two at once."""

from pathlib import Path

import pytest

from harness.campaign import Campaign
from harness.history import Called, Role
from harness.profiles import PROFILES
from harness.runner import play
from harness.scenario import Concurrently, Deliver, Redeliver, Scenario
from harness.stages.moto import MotoStage
from harness.template import load
from scenarios import bases
from scenarios.orders import CONTRACT
from tests.variants.changed import CONFORMING

SENT = bases.keyed(bases.accepted_sequences(CONTRACT, 2)[-1])


@pytest.mark.parametrize(("variant", "kept_apart"), [("proxied", True), ("queues_events", False)])
@pytest.mark.parametrize("other", [Deliver(), Redeliver()], ids=["another", "the same again"])
def test_deliveries(variant: str, kept_apart: bool, other: Deliver, tmp_path: Path) -> None:
    """Whatever the schedule says a second one waits; that of another queue does not."""
    specimen = next(each for each in CONFORMING if each.name == variant)
    block = Concurrently(((Deliver(),), (other,)), (1,))
    with MotoStage(load(specimen.build(tmp_path)), CONTRACT.path) as stage:
        skipped = Campaign(CONTRACT, stage, PROFILES["quick"], seed=1).missing(
            CONTRACT.requirement("PRJ-08"))
        history = play(Scenario((*SENT, block)), stage, CONTRACT)
    made = [c.invocation for c in history.of(Called)
            if c.role is Role.PROJECTION and c.branch is not None]

    assert (made == sorted(made), "FIFO" in skipped) == (kept_apart, kept_apart)
    assert len(set(made)) == 2
