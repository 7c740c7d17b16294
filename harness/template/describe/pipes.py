"""Pipes from a table's stream to a bus, a topic or a queue of the template.

Source: CloudFormation reference, AWS::Pipes::Pipe; EventBridge User Guide, "Amazon EventBridge
Pipes". A pipe with another source, another target or an enrichment is not read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from harness.template.describe.feeds import PipeFeed
from harness.template.describe.messaging import read_bus, read_filters
from harness.template.describe.streams import stream_view, streamed_table
from harness.template.read.resources import Resources, mapping
from harness.template.read.tokens import shown

PIPE: Final = "AWS::Pipes::Pipe"
DEFAULT_BUS: Final = "default"


def read_pipes(resources: Resources, file: Path) -> tuple[PipeFeed, ...]:
    """The running pipes that can be imitated.

    Raises:
        RuleInvalid: AWS refuses a filter.
        RelayUnsupported: the table has no stream.
    """
    return tuple(_pipe(name, properties, resources, f"template {file}, pipe {name}")
                 for name, properties in resources.of(PIPE) if is_imitated(properties, resources))


def is_imitated(properties: Mapping[str, Any], resources: Resources) -> bool:
    """Tell if a pipe is one that is read here."""
    return (streamed_table(properties.get("Source"), resources) is not None
            and "Enrichment" not in properties
            and properties.get("DesiredState") != "STOPPED"
            and next(_target(properties, resources), None) is not None)


def _pipe(
    name: str, properties: Mapping[str, Any], resources: Resources, subject: str
) -> PipeFeed:
    table = streamed_table(properties.get("Source"), resources) or ""
    kind, target = next(_target(properties, resources))
    given = mapping(properties.get("TargetParameters"))
    of_bus = mapping(given.get("EventBridgeEventBusParameters"))
    criteria = mapping(mapping(properties.get("SourceParameters")).get("FilterCriteria"))
    template = given.get("InputTemplate")
    return PipeFeed(
        logical_id=name, table=table, kind=kind, target=target,
        view=stream_view(table, resources, subject),
        filters=tuple(read_filters(criteria, subject)),
        template=None if template is None else str(shown(template)),
        source=str(shown(of_bus.get("Source", f"Pipe {properties.get('Name', name)}"))),
        detail_type=str(shown(of_bus.get("DetailType", "Event from aws:dynamodb"))),
        group=str(shown(mapping(given.get("SqsQueueParameters")).get("MessageGroupId", ""))),
    )


def _target(properties: Mapping[str, Any], resources: Resources) -> Iterator[tuple[Any, str]]:
    value = properties.get("Target")
    for kind, found in (("queue", resources.queue(value)), ("topic", resources.topic(value))):
        if found is not None:
            yield kind, found
    if resources.bus(value) is not None or "event-bus/" in str(value):
        yield "bus", read_bus(value, resources) or DEFAULT_BUS
