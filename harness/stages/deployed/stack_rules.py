"""Rules of a deployed stack, and the functions and queues that they reach."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from harness.core.errors import StageError
from harness.functions.events import EventPattern, PatternInvalid, event_pattern
from harness.stages.controlled.bus import Rule
from harness.stages.controlled.waiting import Target
from harness.stages.deployed.cloud import Cloud
from harness.stages.deployed.stack import Stack
from harness.template import Template


def rules_of(cloud: Cloud, stack: Stack, template: Template) -> tuple[Rule, ...]:
    """The rules that lead to a function of the stack, directly or by a queue."""
    try:
        return tuple(_found_rules(cloud, stack, template))
    except (ClientError, BotoCoreError) as error:
        raise StageError(f"stack {stack.name}", f"its rules cannot be read: {error}",
                         "see that EventBridge and Lambda can be read there") from error


def _found_rules(cloud: Cloud, stack: Stack, template: Template) -> list[Rule]:
    by_arn = _reachable(cloud, stack, template)
    client = cloud.client("events")
    buses = ["default", *stack.named(stack.of("AWS::Events::EventBus"))]
    rules = []
    for bus in buses:
        for rule in client.list_rules(EventBusName=bus)["Rules"]:
            if rule.get("EventPattern") and rule["State"] == "ENABLED":
                found = client.list_targets_by_rule(Rule=rule["Name"], EventBusName=bus)
                targets = tuple(_target(rule, t, *by_arn[_unqualified(t["Arn"])])
                                for t in found["Targets"] if _unqualified(t["Arn"]) in by_arn)
                if targets:
                    rules.append(Rule(bus, _pattern(rule), targets))
    return rules


def _pattern(rule: Mapping[str, Any]) -> EventPattern:
    try:
        return event_pattern(rule["EventPattern"])
    except PatternInvalid as refused:
        raise StageError(f"rule {rule['Name']}", f"its pattern cannot be read: {refused}",
                         "report this with the pattern") from None


def _reachable(
    cloud: Cloud, stack: Stack, template: Template
) -> dict[str, tuple[str, str | None]]:
    """The targets of events: ARN -> function and, where it has one, the URL of its queue."""
    found: dict[str, tuple[str, str | None]] = {}
    for function in template.functions:
        if function.logical_id in stack.physical:
            configuration = cloud.client("lambda").get_function_configuration(
                FunctionName=stack.physical[function.logical_id])
            found[_unqualified(configuration["FunctionArn"])] = function.logical_id, None
    for feed in template.feeds:
        url = stack.physical.get(feed.queue)
        if url is not None:
            attributes = cloud.client("sqs").get_queue_attributes(
                QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
            found[attributes["QueueArn"]] = feed.function, url
    return found


def _target(
    rule: Mapping[str, Any], target: Mapping[str, Any], function: str, queue: str | None
) -> Target:
    return Target(function=function, queue=queue, input=target.get("Input"),
                  input_path=target.get("InputPath"),
                  input_transformer=target.get("InputTransformer"),
                  rule_arn=rule["Arn"], rule_name=rule["Name"])


def _unqualified(arn: str) -> str:
    """A function's ARN without its alias or version."""
    parts = arn.split(":")
    return ":".join(parts[:7]) if parts[2:3] == ["lambda"] else arn
