"""The published schemas describe what the harness writes, and refuse what it cannot read."""

from __future__ import annotations

import json
import tomllib
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from harness.core import scenario_json
from harness.core.contract_registry import find_contract
from harness.core.scenario import STEPS, Send
from harness.core.scenario_json import ScenarioError
from harness.core.verdict import Counterexample
from harness.core.violation import Hop, Kind, Violation
from harness.explore.counterexample_files import Origin, document
from harness.explore.drawing_plan import drawing_plan, few_at_a_time
from harness.explore.profiles import PROFILES
from tests import schemas
from tests.harness.histories import CREATED, Story, about

KEPT = sorted((Path(__file__).parent / "systems").glob("*/counterexamples/**/*.json"))
SCENARIO = schemas.scenario()
READING = "[tool.cqrs-conformance]\nprofile = 'ci'\nrequirement = ['PRJ']\nseed = 3\n"


def valid(schema: dict[str, Any], value: Any) -> bool:
    return jsonschema.Draft202012Validator(schema).is_valid(value)


@pytest.mark.parametrize("path", schemas.FILES, ids=lambda path: path.name)
def test_the_files_are_those_of_the_types(path: Path) -> None:
    """A schema is as the types have it now: `python -m tests.schemas` writes it anew."""
    made = schemas.FILES[path]()
    jsonschema.Draft202012Validator.check_schema(made)
    assert path.read_text("utf-8") == schemas.text_of(made)


def test_kept_scenarios_are_valid() -> None:
    """Every scenario that is kept in this project is as the schema says."""
    assert len(KEPT) > 50
    for path in KEPT:
        assert valid(SCENARIO, json.loads(path.read_text("utf-8"))["scenario"]), path


def test_drawn_scenarios_are_valid() -> None:
    """Drawn scenarios are as the schema says, for every requirement of a contract."""
    contract, seen = find_contract("orders"), set()
    for requirement in contract.requirements:
        plan = drawing_plan(contract, PROFILES["smoke"], 1, requirement.id)
        for _, scenario in zip(range(3), few_at_a_time(plan, 1, requirement.id), strict=False):
            dumped = json.loads(scenario_json.to_text(scenario))
            assert valid(SCENARIO, dumped)
            seen |= {step["step"] for step in dumped["steps"]}
    assert len(seen) > len(STEPS) / 2


@pytest.mark.parametrize("wrong", [
    {"steps": [{"step": "Sent", "body": "x"}]}, {"steps": [{"step": "Send"}]},
    {"steps": [{"step": "Send", "body": 1}]}, {"steps": [], "seed": 1},
    {"steps": [{"step": "Fault", "role": "command", "operation": "*", "nth": 0, "what": "rain"}]},
])
def test_a_scenario_that_cannot_be_read_is_invalid(wrong: dict[str, Any]) -> None:
    """Schema and reader agree on what is wrong."""
    assert not valid(SCENARIO, wrong)
    with pytest.raises(ScenarioError):
        scenario_json.load(wrong)


def test_a_counterexample_is_valid() -> None:
    """A counterexample's file, and the history in it, are as their schemas say."""
    story = Story().store({"eventId": "e"}).publish(CREATED)
    story.send(about(CREATED, "n00000a"))
    violation = Violation(Kind.VIEW_WRONG, "n00000a", 1, {"x": 1}, "y", Hop.PROJECTION)
    made = document(Origin("orders", None, "PRJ-01", "moto", 1), Counterexample(
        scenario_json.load({"steps": [{"step": "Send", "body": "x"}]}), story.history, violation))
    assert valid(schemas.counterexample(), made)
    assert valid(schemas.history(), made["history"])
    assert not valid(schemas.history(), [*made["history"], {"record": "Unknown"}])


def test_settings_are_valid() -> None:
    """The settings' schema takes what the settings take, and no unknown key."""
    table = tomllib.loads(READING)["tool"]["cqrs-conformance"]
    assert valid(schemas.settings_table(), table)
    assert not valid(schemas.settings_table(), table | {"profle": "ci"})


def test_every_member_of_a_step_is_described() -> None:
    """A step's schema has its members, no other."""
    properties = SCENARIO["$defs"]["Send"]["properties"]
    assert set(properties) == {"step", *(field.name for field in fields(Send))}
    assert valid(SCENARIO, scenario_json.dump(
        replace(scenario_json.load({"steps": []}), fresh=True)))
