"""The input that a rule's target receives."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given

from harness.functions.events import (
    TargetInputError,
    target_input,
)
from tests.harness.functions.event_values import JSON, bus_event

EVENT = bus_event(
    {"instance-id": "i-1", "state": "RUNNING", "n": 1.5, "gone": None, "tags": [{"k": 'a"b'}]}
)
PATHS_MAP = {
    "instance": "$.detail.instance-id",
    "state": "$.detail.state",
    "n": "$.detail.n",
    "gone": "$.detail.gone",
    "tags": "$.detail.tags",
    "quoted": "$.detail.tags[0].k",
    "missing": "$.detail.no.such",
}
# Amazon EventBridge User Guide, "Amazon EventBridge input transformation", examples and issues.
TEMPLATES: list[tuple[str, str, Any]] = [
    ("string", '"instance <instance> is in <state>"', "instance i-1 is in RUNNING"),
    ("escaped quotes", '"instance \\"<instance>\\" is in <state>"', 'instance "i-1" is in RUNNING'),
    ("JSON", '{"i": <instance>, "s": <state>}', {"i": "i-1", "s": "RUNNING"}),
    ("JSON, quoted", '{"i": <instance>, "s": "<state>"}', {"i": "i-1", "s": "RUNNING"}),
    ("mix", '{"s": [9, <state>, true], "T": "Yes"}', {"s": [9, "RUNNING", True], "T": "Yes"}),
    ("number", '{"a": <n>, "b": "<n>"}', {"a": 1.5, "b": "1.5"}),
    ("null", '{"a": <gone>}', {"a": None}),
    ("list", '{"a": <tags>}', {"a": [{"k": 'a"b'}]}),
    ("list without key", "<tags>", [{"k": 'a"b'}]),
    ("string outside quotes is escaped", '{"a": <quoted>}', {"a": 'a"b'}),
    ("missing", '{"a": <missing>, "b": "[<missing>]"}', {"a": "", "b": "[]"}),
    ("list in a string", '{"a": "<n> of <resources>"}', {"a": "1.5 of []"}),
    ("rule", '"<aws.events.rule-name> of <aws.events.rule-arn>"', "rule of arn"),
    (
        "ingestion",
        "{'t': <aws.events.event.ingestion-time>}".replace("'", '"'),
        {"t": EVENT["time"]},
    ),
    ("whole event", '{"e": <aws.events.event.json>}', {"e": EVENT}),
    ("plain text", "<instance> is in state <state>", "i-1 is in state RUNNING"),
    ("other angles", '"1 < 2 > 0 <state>"', "1 < 2 > 0 RUNNING"),
]


def transformed(template: str) -> Any:
    """Transform the example event with a template."""
    transformer = {
        "InputPathsMap": {**PATHS_MAP, "resources": "$.resources"},
        "InputTemplate": template,
    }
    return target_input(EVENT, input_transformer=transformer, rule_arn="arn", rule_name="rule")


class TestTargetInput:
    """The input of a target in place of the event."""

    @pytest.mark.parametrize(
        ("template", "expected"), [row[1:] for row in TEMPLATES], ids=[row[0] for row in TEMPLATES]
    )
    def test_template(self, template: str, expected: Any) -> None:
        """A template is filled in as the document's examples are."""
        assert transformed(template) == expected

    def test_event_without_detail(self) -> None:
        """The predefined aws.events.event has everything but the detail."""
        head = transformed('{"e": <aws.events.event>}')["e"]
        assert head.keys() == EVENT.keys() - {"detail", "detail-type"} | {"detailType"}

    @pytest.mark.parametrize("template", ['{"a": "<quoted>"}', '{"a": }', "{<unknown>: 1}", "<no>",
        '{"a": "<tags>"}', '["<tags> are tags"]'])
    def test_bad_template(self, template: str) -> None:
        """A template whose outcome is no JSON, or that names no variable, is refused."""
        with pytest.raises(TargetInputError):
            transformed(template)

    def test_nothing_set(self) -> None:
        """Without settings the target receives an event of its own."""
        event = copy.deepcopy(EVENT)
        target_input(event)["detail"]["state"] = "changed"
        assert target_input(event) == EVENT

    def test_input(self) -> None:
        """Input is constant JSON."""
        assert target_input(EVENT, input='{"a": 1}') == {"a": 1}

    @pytest.mark.parametrize(
        ("path", "expected"),
        [
            ("$", EVENT),
            ("$.detail-type", "OrderCreated"),
            ("$.detail.tags[0].k", 'a"b'),
            ("$.detail.tags[7]", None),
            ("$.detail.no.such", None),
            ("$.source.deeper", None),
        ],
    )
    def test_input_path(self, path: str, expected: Any) -> None:
        """InputPath chooses a part of the event."""
        assert target_input(EVENT, input_path=path) == expected

    @pytest.mark.parametrize(
        "settings",
        [
            {"input": "{"},
            {"input_path": "detail"},
            {"input_path": "$.detail.*"},
            {"input_path": "$.detail['a']"},
            {"input_transformer": {}},
            {"input_transformer": {"InputTemplate": "1", "InputPathsMap": {"a": "detail"}}},
            {"input": "{}", "input_path": "$"},
        ],
    )
    def test_bad_settings(self, settings: dict[str, Any]) -> None:
        """A setting that cannot be used is a typed error, not a crash."""
        with pytest.raises(TargetInputError):
            target_input(EVENT, **settings)

    @given(JSON)
    def test_a_value_outside_quotes_keeps_its_type(self, value: Any) -> None:
        """The value of a variable comes through a JSON template unchanged."""
        transformer = {"InputPathsMap": {"v": "$.detail.v"}, "InputTemplate": '{"v": <v>}'}
        assert target_input(bus_event({"v": value}), input_transformer=transformer) == {"v": value}
