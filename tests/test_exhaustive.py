"""The reference implementation stands every disturbance of short scenarios, one by one.

By default the shortest ones; under the marker ``slow`` two commands at once after none, one or
two, and every crash and failure of up to three commands in a row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache

import pytest

from harness.core.contract import Play
from harness.core.contract_registry import reference_template
from harness.core.history import History
from harness.core.scenario import Concurrently, Scenario
from harness.core.scenario_json import to_text
from harness.explore import sweep
from harness.oracle.checks import judge
from harness.play.runner import play
from harness.stages.embedded.stage import MotoStage
from harness.template import load
from scenarios.domains.orders import CONTRACT
from scenarios.generators.listed import for_sweeps

Swept = Callable[[Scenario, Play], Iterator[Scenario]]
EVERY_FAULT = (
    sweep.crashes, sweep.failures, sweep.publish_failures, sweep.projection_failures
)


@pytest.fixture(scope="module")
def stage() -> Iterator[MotoStage]:
    with MotoStage(load(reference_template(CONTRACT)), CONTRACT.path) as opened:
        yield opened


def wrong(stage: MotoStage, swept: Swept, scenarios: Iterable[Scenario]) -> tuple[int, list[str]]:
    """How many scenarios a sweep makes of some, and those in which anything is violated."""
    count, found = 0, []
    for base in scenarios:
        @cache
        def played(scenario: Scenario) -> History:
            return play(scenario, stage, CONTRACT)

        for scenario in swept(base, played):
            count += 1
            violations = judge(CONTRACT, played(scenario))[1]
            if violations:
                found.append(f"{violations[0].kind.value}: {to_text(scenario)}")
    return count, found


class TestOneCommand:
    @pytest.mark.parametrize("swept", EVERY_FAULT)
    def test_faults(self, stage: MotoStage, swept: Swept) -> None:
        """Every crash and failure of the creation of an order, and of its projection."""
        count, found = wrong(stage, swept, for_sweeps.command_sequences(CONTRACT, 1))

        assert (count > 2, found) == (True, [])

    def test_interleavings(self, stage: MotoStage) -> None:
        """Two commands at once on an order that does not exist."""
        at_once = [s for s in for_sweeps.concurrent_commands(CONTRACT)
                   if isinstance(s.steps[0], Concurrently)]
        count, found = wrong(stage, sweep.interleavings, tuple(at_once))

        assert (count > 5, found) == (True, [])


@pytest.mark.slow
class TestExhaustively:
    @pytest.mark.parametrize("swept", EVERY_FAULT)
    def test_faults(self, stage: MotoStage, swept: Swept) -> None:
        """Of every accepted sequence of up to three commands."""
        count, found = wrong(stage, swept, for_sweeps.command_sequences(CONTRACT, 3))
        print(f"{swept.__name__}: {count} scenarios")

        assert (count > 20, found) == (True, [])

    @pytest.mark.parametrize("scenarios", [
        pytest.param(for_sweeps.concurrent_commands(CONTRACT), id="commands"),
        pytest.param(for_sweeps.concurrent_deliveries(CONTRACT), id="deliveries"),
        pytest.param(for_sweeps.concurrent_reads(CONTRACT), id="reads"),
    ])
    def test_interleavings(self, stage: MotoStage, scenarios: tuple[Scenario, ...]) -> None:
        """Of two commands where one is first possible; of two deliveries; of reads beside one."""
        count, found = wrong(stage, sweep.interleavings, scenarios)
        print(f"interleavings: {count} scenarios")

        assert (count > 20, found) == (True, [])
