"""Scenarios: to JSON and back without loss, and clear words for what is no scenario."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.faults import FaultKind
from harness.core.scenario import (
    STEPS,
    ColdStart,
    Deliver,
    Fault,
    Query,
    Scenario,
    Send,
    Settle,
    TimePasses,
    without,
)
from harness.core.scenario_json import ScenarioError, dump, load, to_text
from tests.harness.drawn import simple_steps, steps

SCENARIOS = st.builds(
    Scenario, st.lists(steps(), max_size=4).map(tuple), st.booleans(), st.booleans()
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(("", *STEPS)),
    lambda v: st.lists(v, max_size=3)
    | st.dictionaries(st.sampled_from(("steps", "step", "body", "pick", "id", "x")), v),
    max_leaves=8,
)


FAULT = {"step": "Fault", "role": "command", "operation": "*", "nth": 0}


class TestRoundTrip:
    @given(SCENARIOS)
    def test_without_loss(self, scenario: Scenario) -> None:
        """Every scenario comes back from its JSON text as it was."""
        assert load(json.loads(json.dumps(dump(scenario)))) == scenario

    @given(SCENARIOS)
    def test_text(self, scenario: Scenario) -> None:
        """The one-line text of a scenario says all of it."""
        assert load(json.loads(to_text(scenario))) == scenario

    @given(SCENARIOS, SCENARIOS)
    def test_equal_texts(self, left: Scenario, right: Scenario) -> None:
        """Texts are equal when scenarios are, and only then."""
        assert (to_text(left) == to_text(right)) is (left == right)

    @given(simple_steps())
    def test_every_step(self, step: Any) -> None:
        """A step is named by its class, a passing of time ``Later``."""
        name = "Later" if isinstance(step, TimePasses) else type(step).__name__
        assert dump(Scenario((step,)))["steps"][0]["step"] == name

    def test_names_of_steps(self) -> None:
        """The names of steps in files, which never change."""
        assert list(STEPS) == [
            "Send", "SendBatch", "Query", "Settle", "Deliver", "Redeliver", "Hold", "Drop", "Batch",
            "Poison", "ColdStart", "Later", "Expire", "Rebuild", "Fault", "Concurrently"]

    def test_defaults_are_left_out(self) -> None:
        """Members with their default value are not written."""
        assert dump(Scenario((Send("x"), Deliver()))) == {
            "steps": [{"step": "Send", "body": "x"}, {"step": "Deliver"}]}

    def test_a_fault_is_a_plain_text(self) -> None:
        """The processes that share a run hand on nothing but JSON's own types."""
        step, = dump(Scenario((Fault("command", "*", 0, FaultKind.TIMEOUT),)))["steps"]
        assert type(step["what"]) is str

    def test_absent_body(self) -> None:
        """A request without a body is not one with an empty body."""
        assert load(dump(Scenario((Send(None),)))) != load(dump(Scenario((Send(""),))))


class TestGarbage:
    @pytest.mark.parametrize("document", [
        None, 5, [], "steps", {}, {"steps": None}, {"steps": {}}, {"steps": [5]},
        {"steps": [{}]}, {"steps": [{"step": "Fly"}]}, {"steps": [{"step": ["Send"]}]},
        {"steps": [{"step": "Send"}]}, {"steps": [{"step": "Send", "body": 5}]},
        {"steps": [{"step": "Send", "body": "x", "colour": "red"}]},
        {"steps": [{"step": "Deliver", "pick": "1"}]},
        {"steps": [{"step": "Deliver", "pick": True}]},
        {"steps": [{"step": "SendBatch", "bodies": "xy"}]},
        {"steps": [{"step": "SendBatch", "bodies": [1]}]},
        {"steps": [{"step": "Batch", "size": None}]}, {"steps": [], "fresh": "yes"},
        {"steps": [FAULT | {"what": "sabotage"}]}, {"steps": [FAULT | {"what": ["throttling"]}]},
        {"steps": [], "always_cold": 1}, {"steps": [], "speed": 5},
        {"steps": [{"step": "Concurrently", "branches": [5]}]},
        {"steps": [{"step": "Concurrently", "branches": [[{"step": "Fly"}]]}]},
    ], ids=json.dumps)
    def test_is_a_scenario_error(self, document: Any) -> None:
        """A file that is no scenario is a ScenarioError."""
        with pytest.raises(ScenarioError):
            load(document)

    @given(JSON)
    def test_never_another_error(self, document: Any) -> None:
        """Whatever JSON is loaded, it is a scenario or a ScenarioError."""
        with suppress(ScenarioError):
            assert isinstance(load(document), Scenario)

    def test_message_names_the_step(self) -> None:
        """The message says which step, counted from 1, which member, and what was expected."""
        document = {"steps": [{"step": "Settle"}, {"step": "Query", "id": 5}]}
        with pytest.raises(ScenarioError, match=r"step 2: Query: id: expected str, got 5"):
            load(document)

    def test_message_names_the_faults(self) -> None:
        """The message about an unknown fault lists the known ones."""
        message = r"step 1: Fault: what: expected one of throttling, .*, got 'sabotage'"
        with pytest.raises(ScenarioError, match=message):
            load({"steps": [FAULT | {"what": "sabotage"}]})

    def test_message_names_the_kinds(self) -> None:
        """The message about an unknown step lists the known ones."""
        with pytest.raises(ScenarioError, match=r"step 1: expected one of Send, .*Fly"):
            load({"steps": [{"step": "Fly"}]})


class TestWithout:
    def test_leaves_out(self) -> None:
        """Steps of those kinds are gone, the others and the flags stay."""
        scenario = Scenario((Send("x"), ColdStart(), Query("~a"), Settle()), fresh=True)
        assert without(scenario, [ColdStart, Settle]) == Scenario(
            (Send("x"), Query("~a")), fresh=True)
