"""Deploying a template on moto and reading back what it resolved.

moto's CloudFormation resolves every Ref, GetAtt and Sub, so physical names, environments,
rules and policies are read from its services (decision 0001).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import boto3

from harness.aws.calls import ACCOUNT, REGION, KeyNames
from harness.core.errors import StageError
from harness.core.history import Statement
from harness.functions.events import (
    STREAM_LABEL,
    TargetInputError,
    check_target_input,
    event_pattern,
)
from harness.seams import moto
from harness.stages.controlled import bus
from harness.stages.controlled.role_statements import role_statements
from harness.stages.controlled.runtime_variables import runtime_variables
from harness.stages.controlled.waiting import Target
from harness.template import (
    Destination,
    PipeFeed,
    QueueFeed,
    RecordFeed,
    RuleInvalid,
    ShardFeed,
    StreamFeed,
    Template,
    refuse_pattern,
)

STACK = "cqrs-conformance"


@dataclass(frozen=True, slots=True)
class Deployment:
    """The parts of a deployed template that a stage needs; keys of mappings are logical ids.

    Only ``keys`` goes by physical names.
    """

    template: Template
    physical: Mapping[str, str]
    environments: Mapping[str, Mapping[str, str]]
    statements: Mapping[str, tuple[Statement, ...] | None]
    rules: tuple[bus.Rule, ...]
    feeds: Mapping[str, QueueFeed]
    keys: KeyNames
    streams: tuple[StreamFeed, ...] = ()
    pipes: tuple[PipeFeed, ...] = ()
    shards: tuple[ShardFeed, ...] = ()

    def names(self, logical_ids: tuple[str, ...]) -> tuple[str, ...]:
        """Physical names of logical ids that were created."""
        return tuple(self.physical[name] for name in logical_ids if name in self.physical)

    def named(self) -> Mapping[str, str]:
        """The logical ids of queues, topics and buckets by their physical names."""
        template = self.template
        wanted = (*template.queues, *template.topics, *template.buckets)
        return {self.physical[name]: name for name in wanted if name in self.physical}

    def destinations(self) -> tuple[Destination, ...]:
        """The destinations of functions, with the names of buses."""
        return tuple(replace(each, target=self.physical.get(each.target, each.target))
                     if each.kind == "bus" else each for each in self.template.destinations)

    def encryption_keys(self) -> Mapping[str, str]:
        """The ARNs of the keys that encrypt data, by the name of the resource that has them."""
        return {self.physical[name].rpartition(":")[2]: _arn("kms", f"key/{self.physical[key]}")
                for name, key in self.template.encrypted.items()
                if name in self.physical and key in self.physical}

    def archived(self) -> frozenset[str]:
        """The names of the buses that have an archive."""
        return frozenset(self.physical.get(name, name) for name in self.template.archives)

    def functions(self) -> Mapping[str, str]:
        """The logical ids of functions by their physical names."""
        names = (each.logical_id for each in self.template.functions)
        return {self.physical[name]: name for name in names if name in self.physical}

    def kinesis(self) -> Mapping[str, int]:
        """The number of shards of each Kinesis stream, by its physical name."""
        return {self.physical[name]: shards for name, shards in self.template.kinesis.items()
                if name in self.physical}


def deploy(template: Template, *, seed: int = 0) -> Deployment:
    """Create the template's resources in moto, which must be active.

    Physical names that the template leaves open follow from ``seed``.

    Raises:
        StageError: CloudFormation refused it.
        RuleInvalid: AWS would refuse a rule or a filter, as deployment has resolved it.
    """
    physical = _create(template, seed)
    functions = [f.logical_id for f in template.functions if f.logical_id in physical]
    client, iam = (boto3.client(name, region_name=REGION) for name in ("lambda", "iam"))
    configurations = {
        name: client.get_function_configuration(FunctionName=physical[name]) for name in functions
    }
    return Deployment(
        template=template,
        physical=physical,
        environments={name: runtime_variables(c) for name, c in configurations.items()},
        statements={
            name: role_statements(iam, template, physical, c["Role"])
            for name, c in configurations.items()
        },
        rules=_rules(template, physical),
        feeds={feed.queue: _deployed(feed, physical, template) for feed in template.feeds},
        keys={physical[table]: _key(physical[table]) for table in template.tables
              if table in physical},
        streams=tuple(_deployed_stream(feed, physical, template) for feed in template.streams),
        shards=tuple(_deployed_shards(feed, physical, template) for feed in template.shards),
        pipes=tuple(_deployed_pipe(pipe, physical) for pipe in template.pipes),
    )


def _key(table: str) -> tuple[str, ...]:
    """The key attributes of a table, the partition key first."""
    client = boto3.client("dynamodb", region_name=REGION)
    schema = client.describe_table(TableName=table)["Table"]["KeySchema"]
    return tuple(key["AttributeName"] for key in sorted(schema, key=lambda key: key["KeyType"]))


def _deployed(feed: QueueFeed, physical: Mapping[str, str], template: Template) -> QueueFeed:
    """The feed with its queue's ARN, which its records tell.

    Raises:
        RuleInvalid: AWS would refuse one of its filters.
    """
    for text in feed.filters:
        refuse_pattern(f"template {template.path}, event source mapping of {feed.queue}", text)
    name = physical.get(feed.queue)
    return feed if name is None else replace(feed, arn=_arn("sqs", name))


def _deployed_stream(
    feed: StreamFeed, physical: Mapping[str, str], template: Template
) -> StreamFeed:
    """The feed with its stream's ARN, which its records tell.

    Raises:
        RuleInvalid: AWS would refuse one of its filters.
    """
    _refuse_filters(feed, template)
    table = physical[feed.source]
    return replace(feed, arn=_arn("dynamodb", f"table/{table}/stream/{STREAM_LABEL}"))


def _deployed_shards(
    feed: ShardFeed, physical: Mapping[str, str], template: Template
) -> ShardFeed:
    """The feed with the ARN of its Kinesis stream, which its records tell.

    Raises:
        RuleInvalid: AWS would refuse one of its filters.
    """
    _refuse_filters(feed, template)
    return replace(feed, arn=_arn("kinesis", f"stream/{physical[feed.source]}"))


def _refuse_filters(feed: RecordFeed, template: Template) -> None:
    for text in feed.filters:
        refuse_pattern(f"template {template.path}, event source mapping {feed.logical_id}", text)


def _deployed_pipe(pipe: PipeFeed, physical: Mapping[str, str]) -> PipeFeed:
    """The pipe with its source's ARN, and the name of its bus or of the stream that it feeds."""
    source = physical[pipe.table]
    arn = _arn("dynamodb", f"table/{source}/stream/{STREAM_LABEL}")
    if pipe.sharded:
        arn = _arn("kinesis", f"stream/{source}")
    elif pipe.queued:
        arn = _arn("sqs", source)
    named = pipe.kind in ("bus", "stream")
    return replace(pipe, arn=arn, target=physical.get(pipe.target, pipe.target) if named
                   else pipe.target)


def _create(template: Template, seed: int) -> dict[str, str]:
    moto.seed_names(seed)
    client = boto3.client("cloudformation", region_name=REGION)
    try:
        client.create_stack(
            StackName=STACK,
            TemplateBody=json.dumps(_telling_buses(template.body)),
            Capabilities=["CAPABILITY_NAMED_IAM"],
        )
    except Exception as error:
        named = moto.resource_that_failed(error)
        about = f"moto could not create {named or 'its resources'}: {error}"
        raise StageError(
            f"template {template.path}", about,
            "check the resource with cfn-lint, and its properties against moto's documentation",
        ) from error
    pages = client.get_paginator("list_stack_resources").paginate(StackName=STACK)
    resources = [r for page in pages for r in page["StackResourceSummaries"]]
    outputs = client.describe_stacks(StackName=STACK)["Stacks"][0].get("Outputs", [])
    buses = {each["OutputKey"]: each["OutputValue"] for each in outputs}
    return buses | {
        r["LogicalResourceId"]: _name(r) for r in resources if r.get("PhysicalResourceId")}


def _telling_buses(body: Mapping[str, Any]) -> dict[str, Any]:
    """The template with the name of each bus as an output: moto does not list buses."""
    buses = [name for name, resource in body["Resources"].items()
             if resource.get("Type") == "AWS::Events::EventBus"]
    return {**body, "Outputs": {
        name: {"Value": {"Fn::GetAtt": [name, "Name"]}} for name in buses}}


def _name(resource: dict[str, Any]) -> str:
    identifier = str(resource["PhysicalResourceId"])
    if resource["ResourceType"] == "AWS::SQS::Queue":
        return identifier.rsplit("/", 1)[-1]
    return identifier


def _rules(template: Template, physical: Mapping[str, str]) -> tuple[bus.Rule, ...]:
    by_arn = {_arn("lambda", f"function:{physical[f.logical_id]}"): f.logical_id
              for f in template.functions if f.logical_id in physical}
    queues = {_arn("sqs", physical[feed.queue]): feed for feed in template.feeds
              if feed.queue in physical}
    created = ((name, rule) for name, event_bus in moto.event_buses(ACCOUNT, REGION).items()
               for rule in event_bus.rules.values())
    return tuple(
        bus.Rule(name, event_pattern(text), targets, _onward(template, physical, rule),
                 _piped(template, physical, rule))
        for name, rule in created
        for text, targets in _matching(template, physical, rule, by_arn, queues)
    )


def _piped(template: Template, physical: Mapping[str, str], rule: Any) -> tuple[Target, ...]:
    """The targets of a rule in moto that are queues from which pipes without a function take."""
    queues = {_arn("sqs", physical[pipe.table]): pipe.table for pipe in template.pipes
              if pipe.queued and not pipe.reader and pipe.table in physical}
    return tuple(
        replace(_target(target, "", queues[target["Arn"]]), rule_arn=rule.arn, rule_name=rule.name)
        for target in rule.targets if target["Arn"] in queues)


def _onward(template: Template, physical: Mapping[str, str], rule: Any) -> tuple[str, ...]:
    """The names of the buses that a rule in moto sends to."""
    return tuple(physical.get(name, name) for each in template.rules
                 if physical.get(each.logical_id) == rule.name for name in each.buses)


def _matching(
    template: Template, physical: Mapping[str, str], rule: Any,
    by_arn: Mapping[str, str], queues: Mapping[str, QueueFeed],
) -> Iterator[tuple[str, tuple[Target, ...]]]:
    """The pattern and the targets of a rule in moto, if it is enabled and has a pattern.

    Raises:
        RuleInvalid: AWS would refuse it.
    """
    described = next((r for r in template.rules if physical.get(r.logical_id) == rule.name), None)
    subject = f"template {template.path}, rule {described.logical_id if described else rule.name}"
    text = described.pattern if described else None
    if text is None and rule.event_pattern is not None and rule.event_pattern.get_pattern():
        text = json.dumps(rule.event_pattern.get_pattern())
    if text is not None:
        refuse_pattern(subject, text)
        targets = _targets(rule, by_arn, queues)
        for target in targets:
            _refuse_input(subject, target)
        if rule.state == "ENABLED":
            yield text, targets


def _refuse_input(subject: str, target: Target) -> None:
    try:
        check_target_input(target.input, target.input_path, target.input_transformer)
    except TargetInputError as refused:
        raise RuleInvalid(
            f"{subject}, target {target.queue or target.function}, {refused.setting}",
            expected="an input that can be made", got=refused.reason,
            remedy="correct the target") from None


def _arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


def _targets(
    rule: Any, by_arn: Mapping[str, str], queues: Mapping[str, QueueFeed]
) -> tuple[Target, ...]:
    found = []
    for target in rule.targets:
        arn = _unqualified(target["Arn"])
        feed = queues.get(arn)
        function = feed.function if feed else by_arn.get(arn)
        if function is not None:
            made = _target(target, function, feed.queue if feed else None)
            found.append(replace(made, rule_arn=rule.arn, rule_name=rule.name))
    return tuple(found)


def _target(target: dict[str, Any], function: str, queue: str | None) -> Target:
    return Target(
        function=function,
        queue=queue,
        input=target.get("Input"),
        input_path=target.get("InputPath"),
        input_transformer=target.get("InputTransformer"),
        group=target.get("SqsParameters", {}).get("MessageGroupId"),
    )


def _unqualified(arn: str) -> str:
    """A function's ARN without its alias or version."""
    parts = arn.split(":")
    return ":".join(parts[:7]) if parts[2:3] == ["lambda"] else arn
