"""The part of a scenario that a stage can play which cannot do everything.

A step that the stage lacks is left out; a scenario that would be something else without it
(an empty system, an id that other runs have used as well) is not played at all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from harness.core.bodies import read_sent_body, with_namespace
from harness.core.commands import Acceptance
from harness.core.contract import Contract
from harness.core.json_values import parse_json
from harness.core.scenario import (
    NAMESPACE_MARK,
    STEP_NAMES,
    ColdStart,
    Concurrently,
    Query,
    Scenario,
    Send,
    Step,
    TimePasses,
    flat,
)
from harness.explore.sweep import as_they_are

REPETITIONS = 8


def playable_part(
    contract: Contract, scenario: Scenario, steps: frozenset[type], capabilities: frozenset[str]
) -> Scenario | None:
    """The scenario as a stage with those steps and capabilities can play it, if at all."""
    if scenario.fresh or (scenario.always_cold and "cold" not in capabilities):
        return None
    kept = replace(scenario, steps=tuple(_kept(scenario.steps, steps, capabilities)))
    if any(_public(contract, step) for step in flat(kept)):
        return None
    return kept if kept.steps else None


def playable_list(
    contract: Contract, id: str, most: int, steps: frozenset[type], capabilities: frozenset[str]
) -> list[Scenario]:
    """Of a requirement's list, up to a bound, what a stage can play with nothing left out.

    But for cold starts and time: environments may be cold, and clocks go on, all the same.
    """
    exploration = contract.explorations[id]
    if exploration.short_scenarios is None or exploration.sweep is not as_they_are:
        return []
    given = exploration.short_scenarios(contract)[:most]
    left = [(s, playable_part(contract, s, steps, capabilities)) for s in given]
    cold = ColdStart | TimePasses
    return [part for whole, part in left if part is not None
            and [step for step in whole.steps if not isinstance(step, cold)] == [*part.steps]]


def repetitions(scenario: Scenario) -> int:
    """How often to play a scenario where nobody says who goes first when commands overlap."""
    return REPETITIONS if any(isinstance(step, Concurrently) for step in scenario.steps) else 1


def step_kinds(scenario: Scenario) -> set[str]:
    """The kinds of a scenario's steps, by name, also in branches."""
    return {STEP_NAMES[type(step)] for step in (*scenario.steps, *flat(scenario))}


def _kept(
    given: Iterable[Step], steps: frozenset[type], capabilities: frozenset[str]
) -> list[Step]:
    kept: list[Step] = []
    for step in given:
        if isinstance(step, Concurrently):
            kept += _branched(step, steps, capabilities)
        elif isinstance(step, Send) and step.base64 and "invoke" not in capabilities:
            kept.append(replace(step, base64=False))
        elif type(step) in steps:
            kept.append(step)
    return kept


def _branched(
    block: Concurrently, steps: frozenset[type], capabilities: frozenset[str]
) -> list[Step]:
    """The block, or the steps of the one branch that is left."""
    branches = [tuple(_kept(branch, steps, capabilities)) for branch in block.branches]
    left = tuple(branch for branch in branches if branch)
    if len(left) > 1 and Concurrently in steps:
        return [replace(block, branches=left)]
    return [step for branch in left for step in branch]


def _public(contract: Contract, step: Step) -> bool:
    """Tell if a step is about a valid id that carries no namespace."""
    if isinstance(step, Query):
        return NAMESPACE_MARK not in step.id and _valid(contract, step.id)
    if not isinstance(step, Send) or read_sent_body(contract, step).command is None:
        return False
    id = parse_json(step.body or "").get(contract.id_member)
    return NAMESPACE_MARK not in str(id) and _valid(contract, id)


def _valid(contract: Contract, id: object) -> bool:
    return contract.ids.accepts(with_namespace(str(id))) is not Acceptance.MUST_NOT
