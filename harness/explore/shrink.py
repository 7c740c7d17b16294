"""Making a failing scenario small: fewer steps first, then plainer values.

Works on the scenario as data, so it serves scenarios from any source (a generator, a file,
another stage) and needs some dozens of plays, where shrinking a generator's choices needs
hundreds. Deterministic; the number of plays is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from decimal import Decimal
from string import ascii_lowercase
from types import UnionType
from typing import Any

from harness.core.bodies import with_namespace, write_body
from harness.core.contract import Contract
from harness.core.json_values import parse_json, same_json
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

Branches = tuple[tuple[Step, ...], ...]
StillFails = Callable[[Scenario], bool]
LEFT_OUT = frozenset({"key", "header", "base64", "poison", "aside", "source", "lasting"})
"""Members of steps that are what they are by default, if that tells as much."""
ATTEMPTS = 250
Taking = Deliver | Hold | Drop
"""Steps that take one of the pending events."""


def shrink(
    contract: Contract, scenario: Scenario, still_fails: StillFails, attempts: int = ATTEMPTS
) -> Scenario:
    """The smallest scenario found that still fails; the given one if nothing can go."""
    budget = _Budget(still_fails, attempts)
    while True:
        smaller = _pass(contract, scenario, budget)
        if smaller == scenario or budget.spent:
            return smaller
        scenario = smaller


class _Budget:
    def __init__(self, still_fails: StillFails, attempts: int) -> None:
        self._still_fails, self._left = still_fails, attempts

    @property
    def spent(self) -> bool:
        return self._left <= 0

    def fails(self, scenario: Scenario) -> bool:
        self._left -= 1
        return self._left >= 0 and self._still_fails(scenario)


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
        return replace(step, body=_plain_body(contract, step.body))

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
        document = {**_parsed(step.body or ""), contract.id_member: names[id]}
        return replace(step, body=write_body(document, contract.id_member))

    renamed = change(scenario, rename)
    return renamed if renamed != scenario and budget.fails(renamed) else scenario


def _ordinary_id(contract: Contract, step: Step) -> str | None:
    """The id that a step is about, if it is a letter or a number: the others have a reason."""
    if isinstance(step, Send):
        document = _parsed(step.body or "")
        id = document.get(contract.id_member) if isinstance(document, dict) else None
    else:
        id = step.id if isinstance(step, Query) else None
    ordinary = isinstance(id, str) and re.fullmatch(f"{NAMESPACE_MARK}([a-z]|[0-9]+)", id)
    return str(id) if ordinary else None


def _plain_body(contract: Contract, body: str) -> str:
    document = _parsed(body)
    if not isinstance(document, dict):
        return body
    fixed = ("type", contract.id_member)
    plain = {name: value if name in fixed else PLAIN.get(_kind(value), value)
             for name, value in document.items()}
    return write_body(plain, contract.id_member)


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
        for step in _plainer(contract, scenario.steps[position]):
            steps = (*scenario.steps[:position], step, *scenario.steps[position + 1 :])
            plainer = replace(scenario, steps=steps)
            if budget.fails(plainer):
                scenario, changed = plainer, True
                break
    return scenario


def _plainer(contract: Contract, step: Step) -> Iterator[Step]:
    """Steps that are a little simpler than this one, the simplest first."""
    for field in fields(step):
        value = getattr(step, field.name)
        for plainer in _plainer_value(contract, field.name, value, field.default):
            yield replace(step, **{field.name: plainer})


def _plainer_value(contract: Contract, name: str, value: Any, default: Any) -> Iterator[Any]:
    if name == "body" and isinstance(value, str):
        yield from _plainer_body(contract, value)
    elif name == "bodies":
        for position in range(len(value)):
            if len(value) > 1:
                yield value[:position] + value[position + 1 :]
            for body in _plainer_body(contract, value[position]):
                yield (*value[:position], body, *value[position + 1 :])
    elif name == "branches":
        yield from _plainer_branches(contract, value)
    elif name == "schedule":
        yield from _plainer_schedule(value)
    elif name in LEFT_OUT and value != default:
        yield default
    elif name in ("pick", "size", "nth") and isinstance(value, int):
        least = int(name == "size")
        yield from (fewer for fewer in (least, value // 2, value - 1) if least <= fewer < value)


def _plainer_branches(contract: Contract, branches: Branches) -> Iterator[Branches]:
    """Fewer branches, fewer steps in one, or a plainer step in one."""
    for place, branch in enumerate(branches):
        before, after = branches[:place], branches[place + 1 :]
        if len(branches) > 1:
            yield before + after
        for position, step in enumerate(branch):
            if len(branch) > 1:
                yield (*before, branch[:position] + branch[position + 1 :], *after)
            for plainer in _plainer(contract, step):
                yield (*before, (*branch[:position], plainer, *branch[position + 1 :]), *after)


def _plainer_schedule(schedule: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Fewer switches, or an earlier one."""
    for place, number in enumerate(schedule):
        yield schedule[:place] + schedule[place + 1 :]
        if number - 1 not in schedule and number > 0:
            yield (*schedule[:place], number - 1, *schedule[place + 1 :])


def _plainer_body(contract: Contract, body: str) -> Iterator[str]:
    document = _parsed(body)
    if not isinstance(document, dict):
        if len(body) > 40:
            yield body[: len(body) // 2]
        return
    for name, value in document.items():
        if name not in ("type", contract.id_member) and not _needed(contract, body, name):
            rest = {key: v for key, v in document.items() if key != name}
            yield write_body(rest, contract.id_member)
        for plainer in _plainer_member(contract, document, name, value):
            yield write_body({**document, name: plainer}, contract.id_member)


def _needed(contract: Contract, body: str, name: str) -> bool:
    """Whether a command would be none without that member."""
    command = contract.read(with_namespace(body)).command
    member = contract.types[command["type"]].get(name) if command is not None else None
    return member is not None and member.required


def _plainer_member(
    contract: Contract, document: dict[str, Any], name: str, value: Any
) -> Iterator[Any]:
    if name == "type":
        return
    if name == contract.id_member:
        yield from (plain for plain in ("~a", "~b")
                    if isinstance(value, str) and value.startswith("~") and plain < value)
        return
    kind = _kind(value)
    plain = PLAIN.get(kind, value)
    if not same_json(value, plain):
        yield plain
        yield from _halves(value) if kind == "text" else ()
        yield from _rounder(value) if kind == "number" else ()


def _halves(value: str) -> Iterator[str]:
    if len(value) > 1:
        yield value[: len(value) // 2]
        yield value[len(value) // 2 :]


def _rounder(value: int | Decimal) -> Iterator[int | Decimal]:
    """Smaller numbers of fewer digits."""
    if 0 < value < MANY:
        tenths = Decimal(int(value * 10)) / 10
        yield from (n for n in (int(value), tenths, int(value) // 2) if 0 < n < value)


MANY = 10**9
PLAIN: dict[str, Any] = {"text": "x", "date-time": "2026-01-01T00:00:00Z", "number": 1}


def _kind(value: Any) -> str:
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return "number"
    if not isinstance(value, str):
        return "other"
    return "date-time" if value[:2] == "20" and "T" in value else "text"


def _parsed(body: str) -> Any:
    try:
        return parse_json(body)
    except ValueError:
        return None


