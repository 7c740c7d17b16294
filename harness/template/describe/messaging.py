"""EventBridge rules, and queues that feed functions.

A pattern that AWS refuses is refused here, unless only deployment resolves all of it: then the
stage that deploys it refuses it. Sources: EventBridge API reference (PutRule, PutTargets); Lambda
Developer Guide, "Using Lambda with Amazon SQS" (batches of 10 by default, ReportBatchItemFailures),
and "event filtering".
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from harness.functions.events import PatternInvalid, event_pattern
from harness.template.describe.feeds import QueueFeed
from harness.template.describe.invoke_permissions import obstacle_of_target
from harness.template.describe.model import Rule, Target
from harness.template.read.errors import RuleInvalid
from harness.template.read.resources import QUEUE, Resources, items, mapping
from harness.template.read.tokens import is_final, parsed_json, shown

RULE = "AWS::Events::Rule"
ARCHIVE = "AWS::Events::Archive"
FEED = "AWS::Lambda::EventSourceMapping"
DEFAULT_BUS = "default"
OF_S3 = {"Object Created", "Object Deleted", "Object Restore Completed", "Object Tags Added",
         "Object Tags Deleted", "Object ACL Updated", "Object Storage Class Changed"}
"""Types of the events that S3 itself publishes (S3 User Guide, "EventBridge event message")."""
VISIBILITY, TIMEOUT = 30, 3
"""Seconds by default: SQS's VisibilityTimeout and Lambda's Timeout."""


OF_FAILURES = ("deadLetterTargetArn", "DeadLetterConfig", "OnFailure")
"""Members of resources that name a place for what has failed."""


def read_rules(resources: Resources, file: Path) -> tuple[Rule, ...]:
    """The enabled rules with an event pattern; one with only a schedule delivers no events.

    Raises:
        RuleInvalid: AWS refuses a pattern.
    """
    found = [(properties, _rule(logical_id, properties, resources, file))
             for logical_id, properties in resources.of(RULE)
             if properties.get("EventPattern") is not None]
    return tuple(rule for properties, rule in found if properties.get("State") != "DISABLED")


def _rule(
    logical_id: str, properties: Mapping[str, Any], resources: Resources, file: Path
) -> Rule:
    return Rule(
        logical_id=logical_id,
        bus=read_bus(properties.get("EventBusName"), resources),
        targets=tuple(_targets(items(properties.get("Targets")), resources)),
        pattern=_pattern(properties["EventPattern"], f"template {file}, rule {logical_id}"),
        buses=tuple(_buses(items(properties.get("Targets")), resources)),
        of_s3=is_of_s3(properties["EventPattern"]),
    )


def _buses(targets: list[Any], resources: Resources) -> Iterator[str]:
    """The buses among the targets of a rule."""
    for target in targets:
        arn = mapping(target).get("Arn")
        if resources.bus(arn) is not None or ":event-bus/" in str(shown(arn)):
            yield read_bus(arn, resources) or DEFAULT_BUS


def read_archives(resources: Resources) -> tuple[str, ...]:
    """The buses that have an archive, each by its logical id, or by its name."""
    sources = (properties.get("SourceArn") for _, properties in resources.of(ARCHIVE))
    return tuple(dict.fromkeys(read_bus(each, resources) or DEFAULT_BUS for each in sources))


def read_feeds(resources: Resources, file: Path) -> tuple[QueueFeed, ...]:
    """The enabled event source mappings from a queue to a function of the template.

    One from a queue of what has failed is beside the way: in a run that is redriven as it is.

    Raises:
        RuleInvalid: AWS refuses a filter.
    """
    found = (_feed(properties, resources, f"template {file}, event source mapping {logical_id}")
             for logical_id, properties in resources.of(FEED))
    failed = {resources.queue(value) for resource in resources.by_id.values()
              for value in _keeping_failures(resource)}
    return tuple(feed for feed in found if feed is not None and feed.queue not in failed)


def _keeping_failures(value: Any) -> Iterator[Any]:
    """The places that a resource names for what has failed."""
    if isinstance(value, list):
        for each in value:
            yield from _keeping_failures(each)
    for key, each in mapping(value).items():
        if key in OF_FAILURES:
            yield each
        else:
            yield from _keeping_failures(each)


def refuse_pattern(subject: str, text: str) -> None:
    """See that AWS takes an event pattern; ``subject`` names it for the user.

    Raises:
        RuleInvalid: AWS refuses it.
    """
    try:
        event_pattern(text)
    except PatternInvalid as refused:
        raise RuleInvalid(f"{subject}, {refused.subject}", expected=refused.expected,
                          got=refused.got, remedy=refused.remedy) from None


def _pattern(given: Any, subject: str) -> str | None:
    """A pattern as JSON, whether the template has an object or text; None: not known in full."""
    if not is_final(given):
        return None
    text = given if isinstance(given, str) else json.dumps(given, default=str)
    refuse_pattern(subject, text)
    return text


def is_of_s3(given: Any) -> bool:
    """Tell if a pattern, an object or text, is for the events that S3 itself publishes.

    The name of a bucket in it may be known at deployment only.
    """
    try:
        pattern = mapping(parsed_json(given) if isinstance(given, str) else given)
    except ValueError:
        return False
    types = items(pattern.get("detail-type"))
    return items(pattern.get("source")) == ["aws.s3"] or (
        "source" not in pattern and bool(types) and set(map(str, types)) <= OF_S3)


def target_of(target: Any, resources: Resources) -> tuple[str, str] | None:
    """Kind and logical id of a rule's target, if it is a function or a queue."""
    arn = mapping(target).get("Arn")
    function, queue = resources.function(arn), resources.queue(arn)
    if function is not None:
        return "function", function
    return None if queue is None else ("queue", queue)


def read_bus(value: Any, resources: Resources) -> str | None:
    """The bus by logical id; a bus outside the template by its name."""
    found = resources.bus(value)
    if found is not None or not isinstance(value, str):
        return found
    name = shown(value).rsplit("/", 1)[-1]
    return None if name in ("", "default") else name


def _targets(targets: list[Any], resources: Resources) -> Iterator[Target]:
    for target in targets:
        found = target_of(target, resources)
        if found is not None:
            yield _target(found, target, resources)


def _target(found: tuple[str, str], target: Mapping[str, Any], resources: Resources) -> Target:
    letters = mapping(target.get("DeadLetterConfig")).get("Arn")
    return Target(
        kind="function" if found[0] == "function" else "queue",
        logical_id=found[1],
        id=_optional(target.get("Id")) or "",
        input=_optional(target.get("Input")),
        input_path=_optional(target.get("InputPath")),
        input_transformer=shown(mapping(target.get("InputTransformer"))) or None,
        dead_letter=resources.queue(letters),
        obstacle=obstacle_of_target(*found, target, resources),
    )


def _optional(value: Any) -> str | None:
    return shown(value) if isinstance(value, str) else None


def _feed(
    properties: Mapping[str, Any], resources: Resources, subject: str
) -> QueueFeed | None:
    queue = resources.queue(properties.get("EventSourceArn"))
    function = resources.function(properties.get("FunctionName"))
    enabled = str(properties.get("Enabled", True)).lower() != "false"
    if queue is None or function is None or not enabled:
        return None
    _refuse_short_visibility(queue, function, resources, subject)
    return QueueFeed(
        queue=queue,
        function=function,
        batch_size=batch_size(properties.get("BatchSize", 10)),
        partial="ReportBatchItemFailures" in items(properties.get("FunctionResponseTypes")),
        filters=tuple(read_filters(mapping(properties.get("FilterCriteria")), subject)),
        receives=receives(queue, resources),
    )


def _refuse_short_visibility(
    queue: str, function: str, resources: Resources, subject: str
) -> None:
    """See that a message stays invisible for as long as the function may work on it.

    Lambda Developer Guide, "Using Lambda with Amazon SQS": CreateEventSourceMapping refuses it.
    """
    visible = _seconds(resources.properties(queue).get("VisibilityTimeout", VISIBILITY))
    timeout = _seconds(resources.properties(function).get("Timeout", TIMEOUT))
    if visible is not None and timeout is not None and visible < timeout:
        raise RuleInvalid(
            subject, expected=f"a VisibilityTimeout of {queue} that is not below the Timeout of "
            f"{function} ({timeout} s)", got=f"{visible} s",
            remedy=f"set VisibilityTimeout of {queue} to {timeout} or more; AWS advises six times "
            "as much")


def _seconds(value: Any) -> int | None:
    """A whole number of seconds; None if only deployment knows it."""
    text = str(value)
    return int(text) if text.isdecimal() and len(text) < 7 else None


def receives(queue: str, resources: Resources) -> int | None:
    """The ``maxReceiveCount`` of a queue's redrive policy, if it has one."""
    policies = (mapping(properties.get("RedrivePolicy")) for name, properties in resources.of(QUEUE)
                if name == queue)
    given = str(next(policies, {}).get("maxReceiveCount"))
    return int(given) if given.isdecimal() and len(given) < 6 else None


def read_filters(criteria: Mapping[str, Any], subject: str) -> Iterator[str]:
    """The patterns of an event source mapping's FilterCriteria, as JSON.

    Raises:
        RuleInvalid: AWS refuses one.
    """
    for each in items(criteria.get("Filters")):
        pattern = mapping(each).get("Pattern")
        if pattern is not None:
            _pattern(pattern, subject)
            yield shown(pattern) if isinstance(pattern, str) else json.dumps(shown(pattern))


def batch_size(value: Any) -> int:
    """The most messages of a queue that come at once."""
    text = str(value)
    return min(max(int(text), 1), 10_000) if text.isdecimal() and len(text) < 10 else 10
