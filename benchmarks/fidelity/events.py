"""EventBridge's patterns and input transformers, and Lambda's filters of a queue's messages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.fidelity.comparison import LOCALSTACK, Comparison, json5, snapshots
from harness.functions.events import PatternInvalid, TargetInputError, event_pattern, target_input

DETAIL = {"command": "update-account", "payload": {"acc_id": "0a787ecb-4015", "sf_id": "baz"},
          "listsingle": ["HIGH"], "listmulti": ["ACTIVE", "INACTIVE"], "valid": True}
PATHS = {"userId": "$.detail.payload.acc_id", "payload": "$.detail.payload",
         "systemstring": "$.detail.awsAccountId", "listsingle": "$.detail.listsingle",
         "listmulti": "$.detail.listmulti", "valid": "$.detail.valid"}
"""The event and the paths of LocalStack's tests of input transformers."""
REFUSED = "refused"


def patterns(folder: Path) -> Iterator[Comparison]:
    """Patterns with an event each: a file's name says if it matches, or is refused."""
    place = folder / LOCALSTACK / "events/event_pattern_templates"
    for path in sorted(place.glob("*.json5")):
        given = json5(path)
        expected: Any = REFUSED if "_EXC" in path.stem else "_NEG" not in path.stem
        yield Comparison(path.stem, expected, _matches(given["EventPattern"], given["Event"]))


def _matches(pattern: Any, event: Any) -> Any:
    text = pattern if isinstance(pattern, str) else json.dumps(pattern)
    try:
        return event_pattern(text).matches(event)
    except PatternInvalid:
        return REFUSED


def transformers(folder: Path) -> Iterator[Comparison]:
    """Input templates, which the names of the tests have, with the bodies that arrived."""
    for name, content in snapshots(folder, "events/test_events_inputs.snapshot.json"):
        if "nested_keys_replacement[" not in name or "input-transformed-messages" not in content:
            continue
        template = name.partition("[")[2].removesuffix("]")
        bodies = [message["Body"] for message in content["input-transformed-messages"]]
        yield Comparison(template, [_read(body) for body in bodies], _transformed(template))


def _transformed(template: str) -> list[Any]:
    transformer = {"InputTemplate": template, "InputPathsMap": PATHS}
    try:
        return [target_input({"detail": DETAIL}, input_transformer=transformer)]
    except TargetInputError:
        return []


def _read(body: Any) -> Any:
    try:
        return json.loads(body) if isinstance(body, str) else body
    except ValueError:
        return body


RULER = "event-ruler/src/test"
RULES = {"data/orRelationshipRules": True, "data/wrongOrRelationshipRules": False,
         "data/normalRulesWithOrWording": False, "resources/correctness-cases": True,
         "resources/perf-scenarios": True}
"""Files of rules; ``JsonRuleCompilerTest`` compiles those of a file, or refuses each."""
ARRAYS = {("1", "1"), ("2", "1"), ("3", "4")}
"""Rule and event of those arrays that match (``GenericMachineTest.nestedArraysTest``, with
consistency of arrays, as EventBridge has it)."""


def ruler_patterns(folder: Path) -> Iterator[Comparison]:
    """The rules of event-ruler's own folder of tests: those that it takes, and those it refuses."""
    place = folder / RULER
    for name, taken in RULES.items():
        path = place / f"{name}.json"
        rules = json.loads(path.read_text("utf-8")) if path.is_file() else []
        for number, rule in enumerate(rules, 1):
            answer = _matches(rule["rule"] if "name" in rule else rule, {})
            yield Comparison(f"{path.stem} {number}", taken, answer != REFUSED)
    for path in sorted(place.glob("data/arrayRule[1-3].json")):
        for event in sorted(place.glob("data/arrayEvent*.json")):
            pair = path.stem[-1], event.stem[-1]
            yield Comparison(f"{path.stem}, {event.stem}", pair in ARRAYS, _matches(
                json.loads(path.read_text("utf-8")), json.loads(event.read_text("utf-8"))))
