"""Each fault that only a disturbance reveals is found, and by as little of one as it takes.

As in ``test_miniatures`` a run is short by default, and a whole one under the marker ``slow``.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from harness.core.scenario import Concurrently, Fault, Scenario, Step
from harness.core.verdict import Counterexample, Outcome
from harness.explore.campaign import Campaign
from harness.explore.profiles import PROFILES
from harness.stages.embedded.stage import MotoStage
from harness.template import load
from scenarios.domains.orders import CONTRACT
from tests.miniatures.accounts import BANKING
from tests.miniatures.building import Miniature, build
from tests.miniatures.catalogue import CATALOGUE
from tests.miniatures.disturbed import DISTURBED
from tests.miniatures.everyday import parameters
from tests.miniatures.examining import MINI, examine, examine_all, failed

SEED = 1
EACH = pytest.mark.parametrize("miniature", parameters(DISTURBED))


def less(scenario: Scenario) -> Iterator[Scenario]:
    """The scenario without each of its steps, steps of branches, and switches."""
    for position, step in enumerate(scenario.steps):
        before, after = scenario.steps[:position], scenario.steps[position + 1 :]
        yield replace(scenario, steps=before + after)
        if isinstance(step, Concurrently):
            for smaller in _less_concurrent(step):
                yield replace(scenario, steps=(*before, smaller, *after))


def _less_concurrent(block: Concurrently) -> Iterator[Step]:
    for number in block.schedule:
        yield replace(block, schedule=tuple(n for n in block.schedule if n != number))
    for place, branch in enumerate(block.branches):
        for position in range(len(branch)):
            rest = branch[:position] + branch[position + 1 :]
            branches = (*block.branches[:place], rest, *block.branches[place + 1 :])
            yield replace(block, branches=tuple(b for b in branches if b))


def needless(template: Path, found: dict[str, Counterexample]) -> dict[str, list[Scenario]]:
    """The rest of counterexamples that violate their requirement with fewer steps."""
    with MotoStage(load(template), CONTRACT.path) as stage:
        campaign = Campaign(CONTRACT, stage, MINI, SEED)
        return {
            name: smaller for name, example in found.items()
            if (smaller := [s for s in less(example.scenario)
                            if campaign.confirm(name, s).outcome is Outcome.FAILED])
        }


class TestMiniatures:
    @EACH
    def test_what_fails(self, miniature: Miniature, tmp_path: Path) -> None:
        """Exactly what the fault violates, each by a small scenario of which nothing can go."""
        template = build(miniature, tmp_path)
        verdicts = examine(template, seed=SEED, own=sorted(miniature.fails | miniature.by))
        found = {name: example for name in sorted(failed(verdicts))
                 if (example := verdicts[name].counterexample) is not None}

        assert found.keys() == miniature.fails
        assert max(len(example.scenario.steps) for example in found.values()) <= miniature.steps
        assert all(_disturbed(example.scenario) for example in found.values())
        assert needless(template, found) == {}

    @pytest.mark.slow
    @EACH
    def test_whole_run(self, miniature: Miniature, tmp_path: Path) -> None:
        """The same in a whole run of the quick profile."""
        template = build(miniature, tmp_path)
        verdicts = examine_all(template, seed=SEED, profile=PROFILES["quick"])

        assert failed(verdicts) == miniature.fails


def _disturbed(scenario: Scenario) -> bool:
    return any(isinstance(step, Fault | Concurrently) for step in scenario.steps)


def test_no_name_comes_twice() -> None:
    """Not in the other catalogue either."""
    names = [miniature.name for miniature in (*CATALOGUE, *BANKING, *DISTURBED)]

    assert len(names) > 80
    assert sorted(set(names)) == sorted(names)


def test_every_requirement_about_disturbances_is_caught() -> None:
    """Each has an implementation that violates it."""
    caught = {name for miniature in DISTURBED for name in miniature.fails}

    assert caught >= {"CMD-04", "CMD-05", "CMD-10", "CMD-11", "CMD-12", "PRJ-07", "PRJ-08",
                      "QRY-02", "QRY-03"}
