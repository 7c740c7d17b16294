"""Functions that a schedule starts.

Sources: CloudFormation reference, AWS::Events::Rule (ScheduleExpression) and
AWS::Scheduler::Schedule.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.template.describe.messaging import RULE
from harness.template.read.resources import Resources, items, mapping


def read_schedules(resources: Resources) -> tuple[str, ...]:
    """The functions of the template that an enabled schedule starts, once each."""
    found = (resources.function(arn) for arn in _targets(resources))
    return tuple(dict.fromkeys(name for name in found if name is not None))


def _targets(resources: Resources) -> Iterator[Any]:
    for _, properties in resources.of(RULE):
        if "ScheduleExpression" in properties and properties.get("State") != "DISABLED":
            yield from (mapping(each).get("Arn") for each in items(properties.get("Targets")))
    for _, properties in resources.of("AWS::Scheduler::Schedule"):
        if properties.get("State") != "DISABLED":
            yield mapping(properties.get("Target")).get("Arn")
