"""How much a run on a deployed stage will ask, by drawing what it will play.

No more than some scenarios of each requirement are drawn; the rest is taken to be like them.
"""

from __future__ import annotations

from collections.abc import Iterable

from harness.core.bodies import read_sent_body
from harness.core.contract import Contract
from harness.core.scenario import Poison, Query, Rebuild, Redeliver, Scenario, Send, Settle, flat
from harness.explore.capability_filter import playable_list, playable_part, repetitions
from harness.explore.drawing_plan import drawing_plan
from harness.explore.profiles import Profile
from harness.stages.aws.cost import Planned
from harness.stages.deployed.stage import STEPS

SAMPLE = 16
"""Scenarios that are drawn of each requirement."""
CAPABILITIES = frozenset({"http", "log", "bus", "table"})
"""The capabilities of a deployed stack."""
PLAYED = STEPS | {Redeliver, Poison, Rebuild}
LOOKS = 2
"""How often a view is read until it is as expected."""


def planned(
    contract: Contract, profile: Profile, seed: int, ids: Iterable[str]
) -> Planned:
    """The requests that judging those requirements of a deployed stack will take."""
    parts = [_of_requirement(contract, profile, seed, id) for id in ids]
    return Planned(*(round(sum(part[at] for part in parts)) for at in range(3)))


def planned_again(contract: Contract, scenario: Scenario, plays: int) -> Planned:
    """The requests that so many plays of one scenario will take."""
    return Planned(plays, plays * _commands([scenario]), plays * _reads(contract, scenario))


def _of_requirement(
    contract: Contract, profile: Profile, seed: int, id: str
) -> tuple[float, float, float]:
    """Plays, commands and reads."""
    if id not in contract.explorations or not set(contract.requirement(id).needs) <= CAPABILITIES:
        return 0, 0, 0
    plan = drawing_plan(contract, profile, seed, id)
    sample = plan.at_most(SAMPLE)
    parts = [playable_part(contract, s, PLAYED, CAPABILITIES) for s in sample.drawn()]
    kept = [s for s in parts if s is not None for _ in range(repetitions(s))]
    scale = plan.examples / sample.examples
    whole = playable_list(contract, id, profile.sweep, PLAYED, CAPABILITIES)
    return (len(kept) * scale + len(whole),
            scale * _commands(kept) + _commands(whole),
            scale * sum(_reads(contract, s) for s in kept)
            + sum(_reads(contract, s) for s in whole))


def _commands(scenarios: Iterable[Scenario]) -> int:
    return sum(isinstance(step, Send) for scenario in scenarios for step in flat(scenario))


def _reads(contract: Contract, scenario: Scenario) -> int:
    """Each settling reads every aggregate so far, the last one once more to see that it stays."""
    steps = list(flat(scenario))
    commands = (read_sent_body(contract, step).command for step in steps if isinstance(step, Send))
    named = {contract.aggregate(command) for command in commands if command is not None}
    named |= {step.id for step in steps if isinstance(step, Query)}
    settled = sum(isinstance(step, Settle | Rebuild) for step in steps)
    queries = sum(isinstance(step, Query) for step in steps)
    return queries + len(named) * (LOOKS * settled + LOOKS + 1)
