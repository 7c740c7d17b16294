"""Functions that AWS runs one at a time never overlap here, and overlaps are not judged."""

from pathlib import Path

import pytest

from harness.core.history import Called, Role
from harness.core.scenario import Concurrently, Deliver, Redeliver, Scenario, Step
from harness.explore.campaign import Campaign
from harness.explore.profiles import PROFILES
from harness.play.runner import play
from harness.stages.embedded.stage import MotoStage
from harness.template import load
from scenarios.domains.orders import CONTRACT
from scenarios.generators import commands
from tests.miniatures.building import TEMPLATE, Change, Miniature, build
from tests.variants.changed import CONFORMING

SENT = commands.with_keys(commands.accepted_sequences(CONTRACT, 2)[-1])
LIMITED = Miniature("limited", "", (Change(
    TEMPLATE, "      Handler: lambdas.projection.handler\n",
    "      Handler: lambdas.projection.handler\n      ReservedConcurrentExecutions: 1\n"),
), frozenset())


def _template(name: str, folder: Path) -> Path:
    if name == LIMITED.name:
        return build(LIMITED, folder)
    return next(each for each in CONFORMING if each.name == name).build(folder)


@pytest.mark.parametrize(("name", "apart"), [
    pytest.param("proxied", True, id="a FIFO queue"),
    pytest.param("queues_events", False, id="another queue"),
    pytest.param("limited", True, id="a concurrency of one"),
])
@pytest.mark.parametrize("other", [
    pytest.param(Deliver(), id="the next event"), pytest.param(Redeliver(), id="the same again")])
def test_deliveries(name: str, apart: bool, other: Step, tmp_path: Path) -> None:
    """Whatever the schedule says a second delivery waits for the first one, where it has to."""
    block = Concurrently(((Deliver(),), (other,)), (1,))
    with MotoStage(load(_template(name, tmp_path)), CONTRACT.path) as stage:
        campaign = Campaign(CONTRACT, stage, PROFILES["quick"], seed=1)
        skipped = campaign.not_judged(CONTRACT.requirement("PRJ-08"))
        history = play(Scenario((*SENT, block)), stage, CONTRACT)
    made = [call.invocation for call in history.of(Called)
            if call.role is Role.PROJECTION and call.branch is not None]

    reason = skipped.reason if skipped else ""
    assert (made == sorted(made), "one at a time" in reason) == (apart, apart)
    assert len(set(made)) == 2
