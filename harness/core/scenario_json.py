"""Scenarios as JSON, and back without loss; edited files get an error that names the place."""

from __future__ import annotations

import json
from dataclasses import fields
from enum import Enum
from typing import Any

from harness.core.errors import UserMistake
from harness.core.faults import FaultKind
from harness.core.scenario import STEP_NAMES, STEPS, Concurrently, Fault, Scenario, Step
from harness.core.shapes import shape_error

FLAGS = tuple(f.name for f in fields(Scenario) if f.name != "steps")
"""Members of a scenario that are true or left out."""


class ScenarioError(UserMistake, ValueError):
    """The JSON of a scenario is not a scenario; the subject is the step."""


def dump(scenario: Scenario) -> dict[str, Any]:
    """The scenario as JSON-ready data: steps as ``{"step": NAME, member: value}``."""
    document: dict[str, Any] = {"steps": [_dump_step(step) for step in scenario.steps]}
    return document | {name: True for name in FLAGS if getattr(scenario, name)}


def _dump_step(step: Step) -> dict[str, Any]:
    values = {f.name: getattr(step, f.name) for f in fields(step)}
    shown = {f.name: values[f.name] for f in fields(step) if values[f.name] != f.default}
    if isinstance(step, Concurrently):
        shown["branches"] = [[_dump_step(inner) for inner in b] for b in step.branches]
    plain = {name: value.value if isinstance(value, Enum) else value
             for name, value in shown.items()}
    return {"step": STEP_NAMES[type(step)], **plain}


def load(document: Any) -> Scenario:
    """The scenario that ``dump`` described.

    Raises:
        ScenarioError: unknown steps or members, or values of another shape.
    """
    if not isinstance(document, dict) or not isinstance(document.get("steps"), list):
        raise ScenarioError("a scenario", expected='an object with a list "steps"')
    unknown = document.keys() - {f.name for f in fields(Scenario)}
    if unknown:
        named = ", ".join(sorted(map(repr, unknown)))
        raise ScenarioError("a scenario", f"it has no member {named}")
    steps = tuple(_load_step(number, s) for number, s in enumerate(document["steps"], start=1))
    scenario = Scenario(steps, **{name: document[name] for name in FLAGS if name in document})
    wrong = shape_error(scenario)
    if wrong is not None:
        raise ScenarioError("a scenario", wrong)
    return scenario


def _load_step(number: int, document: Any) -> Step:
    name = document.get("step") if isinstance(document, dict) else None
    kind = STEPS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise ScenarioError(f"step {number}", expected=f"one of {', '.join(STEPS)}: {document!r}")
    members = {name: _frozen(value) for name, value in document.items() if name != "step"}
    if kind is Concurrently:
        members["branches"] = _load_branches(number, document.get("branches"))
    if kind is Fault and "what" in members:
        members["what"] = _load_fault_kind(number, members["what"])
    try:
        step: Step = kind(**members)
    except TypeError as error:
        raise ScenarioError(f"step {number}", f"{name}: {error}") from error
    wrong = shape_error(step)
    if wrong is not None:
        raise ScenarioError(f"step {number}", f"{name}: {wrong}")
    return step


def _load_branches(number: int, document: Any) -> tuple[tuple[Step, ...], ...]:
    if not isinstance(document, list) or not all(isinstance(b, list) for b in document):
        raise ScenarioError(f"step {number}", "Concurrently: branches is a list of lists of steps")
    return tuple(tuple(_load_step(number, step) for step in branch) for branch in document)


def _load_fault_kind(number: int, name: Any) -> FaultKind:
    try:
        return FaultKind(name)
    except ValueError as error:
        raise ScenarioError(f"step {number}: Fault: what", f"{name!r:.80}",
                            expected=f"one of {', '.join(FaultKind)}") from error


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def to_text(scenario: Scenario) -> str:
    """One line of JSON, the same for equal scenarios."""
    return json.dumps(dump(scenario), sort_keys=True)
