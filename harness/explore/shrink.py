"""Making a failing scenario small: fewer steps first, then plainer values.

Works on the scenario as data, so it serves scenarios from any source (a generator, a file,
another stage) and needs some dozens of plays, where shrinking a generator's choices needs
hundreds. Deterministic; the number of plays is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from string import ascii_lowercase
from types import UnionType

from harness.core.bodies import write_body
from harness.core.contract import Contract
from harness.core.scenario import (
    NAMESPACE_MARK,
    Concurrently,
    Deliver,
    Drop,
    Hold,
    Query,
    Redeliver,
    Scenario,
    Send,
    Step,
    change,
    flat,
)
from harness.explore.plainer_values import parsed_body, plain_body, plainer_steps

StillFails = Callable[[Scenario], bool]
ATTEMPTS = 250
STEPS = 3000
"""Steps that all attempts may have in sum: a scenario of a hundred steps gets fewer of them."""
FEW = 8
"""Steps from which on it pays to try a single one first."""
Taking = Deliver | Hold | Drop
"""Steps that take one of the pending events."""


def shrink(
    contract: Contract, scenario: Scenario, still_fails: StillFails, attempts: int = ATTEMPTS, *,
    shown_at: int = -1,
) -> Scenario:
    """The smallest scenario found that still fails; the given one if nothing can go.

    ``shown_at``: the step at which the violation shows; -1 if that is behind all of them.
    """
    budget = _Budget(still_fails, attempts)
    scenario = next(filter(budget.fails, _without_the_rest(scenario, shown_at)), scenario)
    while True:
        smaller = _pass(contract, scenario, budget)
        if smaller == scenario or budget.spent:
            return smaller
        scenario = smaller


def _without_the_rest(scenario: Scenario, shown_at: int) -> Iterator[Scenario]:
    """The step at which a violation shows alone: a list of a hundred queries needs no halving."""
    if 0 <= shown_at < len(scenario.steps) and len(scenario.steps) > FEW:
        yield replace(scenario, steps=(scenario.steps[shown_at],))


class _Budget:
    def __init__(self, still_fails: StillFails, attempts: int) -> None:
        self._still_fails, self._attempts, self._steps = still_fails, attempts, STEPS

    @property
    def spent(self) -> bool:
        return self._attempts <= 0 or self._steps <= 0

    def fails(self, scenario: Scenario) -> bool:
        if self.spent:
            return False
        self._attempts -= 1
        self._steps -= sum(1 for _ in flat(scenario))
        return self._still_fails(scenario)


def _pass(contract: Contract, scenario: Scenario, budget: _Budget) -> Scenario:
    scenario = _fewer_steps(_less_concurrent(scenario, budget), budget)
    scenario = _plain_throughout(contract, scenario, budget)
    scenario = _first_ids(contract, scenario, budget)
    for position in range(len(scenario.steps)):
        scenario = _plainer_step(contract, scenario, position, budget)
    for flag in ("fresh", "always_cold"):
        plainer = replace(scenario, **{flag: False})  # type: ignore[arg-type]  # both are bools
        if plainer != scenario and budget.fails(plainer):
            scenario = plainer
    return scenario


def _plain_throughout(contract: Contract, scenario: Scenario, budget: _Budget) -> Scenario:
    """Plain values everywhere at once: one play tells what some dozens would."""

    def plain(step: Step) -> Step:
        if not isinstance(step, Send) or step.body is None:
            return step
        return replace(step, body=plain_body(contract, step.body))

    plainer = change(scenario, plain)
    return plainer if plainer != scenario and budget.fails(plainer) else scenario


def _first_ids(contract: Contract, scenario: Scenario, budget: _Budget) -> Scenario:
    """The first ids of the alphabet, in the order in which they come up, everywhere at once."""
    found = (_ordinary_id(contract, step) for step in flat(scenario))
    names = {id: f"~{letter}" for id, letter in zip(
        dict.fromkeys(id for id in found if id is not None), ascii_lowercase, strict=False)}

    def rename(step: Step) -> Step:
        id = _ordinary_id(contract, step)
        if id is None or id not in names:
            return step
        if isinstance(step, Query):
            return replace(step, id=names[id])
        assert isinstance(step, Send)
        document = {**parsed_body(step.body or ""), contract.id_member: names[id]}
        return replace(step, body=write_body(document, contract.id_member))

    renamed = change(scenario, rename)
    return renamed if renamed != scenario and budget.fails(renamed) else scenario


def _ordinary_id(contract: Contract, step: Step) -> str | None:
    """The id that a step is about, if it is a letter or a number: the others have a reason."""
    if isinstance(step, Send):
        document = parsed_body(step.body or "")
        id = document.get(contract.id_member) if isinstance(document, dict) else None
    else:
        id = step.id if isinstance(step, Query) else None
    ordinary = isinstance(id, str) and re.fullmatch(f"{NAMESPACE_MARK}([a-z]|[0-9]+)", id)
    return str(id) if ordinary else None


def _less_concurrent(scenario: Scenario, budget: _Budget) -> Scenario:
    """Run a block's branches one after the other where that is enough."""
    for position in reversed(range(len(scenario.steps))):
        step = scenario.steps[position]
        if isinstance(step, Concurrently):
            inner = tuple(s for branch in step.branches for s in branch)
            steps = scenario.steps[:position] + inner + scenario.steps[position + 1 :]
            plainer = replace(scenario, steps=steps)
            scenario = plainer if budget.fails(plainer) else scenario
    return scenario


def _fewer_steps(scenario: Scenario, budget: _Budget) -> Scenario:
    size = max(1, len(scenario.steps) // 2)
    while size:
        position = len(scenario.steps) - size
        while position >= 0:
            kept = scenario.steps[:position] + scenario.steps[position + size :]
            candidates = [replace(scenario, steps=kept)]
            left_out = scenario.steps[position : position + size]
            candidates += _same_picks(candidates[0], position, left_out)
            scenario = next(filter(budget.fails, candidates), scenario)
            position -= size
        size //= 2
    return scenario


def _same_picks(
    scenario: Scenario, since: int, left_out: tuple[Step, ...]
) -> Iterator[Scenario]:
    """The picks from there on moved so that they may mean the same events as before.

    Without a step that published an event there is one less to pick from, without one that took
    an event off the bus there is one more, and those behind it have moved up.
    """
    if len(left_out) > 1:
        published = sum(isinstance(step, Send) for step in left_out)
        yield from _moved(scenario, since, Taking | Redeliver, by=-published)
        return
    yield from _moved(scenario, since, Taking | Redeliver, by=-1)
    if isinstance(left_out[0], Taking):
        yield from _moved(scenario, since, Taking, least=left_out[0].pick, by=1)


def _moved(
    scenario: Scenario, since: int, kinds: UnionType, *, least: int = 0, by: int
) -> Iterator[Scenario]:
    def move(step: Step) -> Step:
        if not isinstance(step, Taking | Redeliver) or not isinstance(step, kinds):
            return step
        return replace(step, pick=max(0, step.pick + by)) if step.pick >= least else step

    rest = change(replace(scenario, steps=scenario.steps[since:]), move)
    steps = scenario.steps[:since] + rest.steps
    if steps != scenario.steps:
        yield replace(scenario, steps=steps)


def _plainer_step(
    contract: Contract, scenario: Scenario, position: int, budget: _Budget
) -> Scenario:
    changed = True
    while changed and not budget.spent:
        changed = False
        for step in plainer_steps(contract, scenario.steps[position]):
            steps = (*scenario.steps[:position], step, *scenario.steps[position + 1 :])
            plainer = replace(scenario, steps=steps)
            if budget.fails(plainer):
                scenario, changed = plainer, True
                break
    return scenario
