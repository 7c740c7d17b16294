"""Relays: functions and pipes that are started by other ways than routes, rules and queues.

A command function may leave publishing to another function, behind an S3 notification, a stream or
a pipe. The stages that the harness controls imitate some of these sources. Behind another one the
harness would never see an event published and would blame the projection, so such a template is
refused.
Sources: CloudFormation reference, AWS::S3::Bucket NotificationConfiguration,
AWS::Lambda::EventSourceMapping, AWS::Pipes::Pipe; S3 User Guide, "Using EventBridge".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from harness.template.describe.messaging import FEED, RULE, is_of_s3
from harness.template.describe.model import Relay, Template
from harness.template.describe.pipes import PIPE, is_imitated
from harness.template.describe.roles import commands_function, projection_functions
from harness.template.describe.streams import (
    TABLES,
    has_windows,
    sharded_stream,
    stream_mappings,
    streamed_table,
)
from harness.template.describe.topics import subscribing
from harness.template.describe.uses import may_publish
from harness.template.read.errors import RelayUnsupported, enumeration
from harness.template.read.resources import FUNCTION, Resources, items, mapping
from harness.template.read.tokens import references

BUCKET: Final = "AWS::S3::Bucket"
MACHINE: Final = "AWS::StepFunctions::StateMachine"


def read_relays(resources: Resources) -> tuple[Relay, ...]:
    """The functions and pipes that neither a rule nor a queue starts."""
    found = (*_notified(resources), *_streamed(resources), *_piped(resources), *_by_aws(resources),
             *_subscribed(resources))
    known = {relay.name for relay in found if relay.imitated}
    stated = (relay for relay in _stated(resources) if relay.name not in known)
    return tuple(dict.fromkeys((*found, *stated)))


def refuse_relays(
    template: Template, path: str, roles: tuple[frozenset[str], frozenset[str]] | None = None,
    *, imitates: bool = True,
) -> None:
    """Refuse a template whose events depend on a relay that is not imitated.

    ``imitates``: the stage imitates the sources that the harness can imitate.

    Raises:
        RelayUnsupported: only a relay publishes, or the projection is behind one.
        RoleNotFound, SettingsInvalid: there is no command function, or no projection.
    """
    commands, projections = roles or _usual_roles(template, path)
    ruled = {target.logical_id for rule in template.rules for target in rule.targets}
    ruled |= {feed.function for feed in template.feeds}
    for relay in template.relays:
        if relay.imitated and imitates:
            continue
        behind = relay.name in projections and (relay.by_aws or relay.name not in ruled)
        instead = relay.publishes and relay.name not in commands and not (
            commands & template.publishers)
        if behind or instead:
            raise RelayUnsupported(
                f"template {template.path}",
                expected="a command function that publishes its events itself",
                got=f"{relay.name}, started by {relay.source}, which is not imitated here",
                remedy="judge the deployed stack, for example with --stage aws")


def _usual_roles(template: Template, path: str) -> tuple[frozenset[str], frozenset[str]]:
    """The command function behind the contract's route, and the projections behind the rules."""
    projections = (function.logical_id for function in projection_functions(template))
    return frozenset({commands_function(template, path).logical_id}), frozenset(projections)


def _notified(resources: Resources) -> Iterator[Relay]:
    for name, properties in resources.of(BUCKET):
        notified = mapping(properties.get("NotificationConfiguration"))
        given = [*items(notified.get("LambdaConfigurations")),
                 *items(notified.get("QueueConfigurations"))]
        for each in given:
            yield from _relays(each, f"notifications of the bucket {name}", resources)


def _relays(given: Any, source: str, resources: Resources) -> Iterator[Relay]:
    """The function that is named, or those that the named queue feeds."""
    function = resources.function(mapping(given).get("Function"))
    queue = resources.queue(mapping(given).get("Queue"))
    fed = [resources.function(feed.get("FunctionName")) for _, feed in resources.of(FEED)
           if queue is not None and resources.queue(feed.get("EventSourceArn")) == queue]
    for each in (function, *fed):
        if each is not None:
            yield Relay(each, source, publishes=may_publish(each, resources), imitated=True)


def _streamed(resources: Resources) -> Iterator[Relay]:
    for function, properties in stream_mappings(resources):
        told, imitated = _told_stream(properties.get("EventSourceArn"), resources)
        if has_windows(properties):
            told, imitated = f"{told} in tumbling windows", False
        yield Relay(function, told, may_publish(function, resources), imitated=imitated)


def _told_stream(source: Any, resources: Resources) -> tuple[str, bool]:
    """A stream as a user knows it, and whether it is imitated."""
    stream = sharded_stream(source, resources)
    table = stream and _table_told_by(stream, resources)
    if table is not None:
        return f"the Kinesis stream {stream} that DynamoDB feeds with the table {table}", False
    shown = enumeration(references(source), empty="outside of the template")
    known = stream or streamed_table(source, resources)
    return f"the stream of {shown}", known is not None


def _table_told_by(stream: str, resources: Resources) -> str | None:
    """The table whose changes a Kinesis stream gets from DynamoDB itself, if there is one."""
    return next((name for name, properties in resources.of(*TABLES) if resources.stream(
        mapping(properties.get("KinesisStreamSpecification")).get("StreamArn")) == stream), None)


def _subscribed(resources: Resources) -> Iterator[Relay]:
    """The functions of a topic, which the functions of the system publish to."""
    for topic, properties in subscribing(resources):
        function = resources.function(properties.get("Endpoint"))
        if function is not None:
            yield Relay(function, f"the topic {topic}", imitated=True,
                        publishes=may_publish(function, resources))


def _piped(resources: Resources) -> Iterator[Relay]:
    for name, properties in resources.of(PIPE):
        imitated = is_imitated(properties, resources)
        target = properties.get("Target")
        if imitated or resources.bus(target) or "event-bus/" in str(target):
            source = _told_stream(properties.get("Source"), resources)[0]
            yield Relay(name, source, publishes=True, imitated=imitated)


def _stated(resources: Resources) -> Iterator[Relay]:
    """The functions that state machines start: which of them is on a way is not known."""
    for name, properties in resources.of(MACHINE):
        for value in references(properties):
            if resources.type(value) == FUNCTION:
                yield Relay(value, f"the state machine {name}", publishes=False)


def _by_aws(resources: Resources) -> Iterator[Relay]:
    """The targets of rules for the events that S3 itself publishes."""
    for _, properties in resources.of(RULE):
        functions = (resources.function(mapping(target).get("Arn"))
                     for target in items(properties.get("Targets")))
        for function in functions if is_of_s3(properties.get("EventPattern")) else ():
            if function is not None:
                yield Relay(function, "S3's own events", by_aws=True, imitated=True,
                            publishes=may_publish(function, resources))
