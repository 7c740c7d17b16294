"""Pipes from a stream or a queue to a bus, a topic, a queue, a stream or a function.

Source: CloudFormation reference, AWS::Pipes::Pipe; EventBridge User Guide, "Amazon EventBridge
Pipes", "Amazon Simple Queue Service as a source" and "Event enrichment in Amazon EventBridge
Pipes". The stream is a table's or one of Kinesis; an enrichment is a function. A pipe hands records
to a function, be it enrichment or target, and waits for it, unless it is told not to: that function
reads the source like one of an event source mapping. A pipe with another source, another target or
another enrichment is not read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from harness.template.describe.feeds import (
    Destination,
    PipeFeed,
    QueueFeed,
    ShardFeed,
    StreamFeed,
)
from harness.template.describe.messaging import batch_size, read_bus, read_filters, receives
from harness.template.describe.streams import (
    sharded_stream,
    shards_of,
    source_settings,
    stream_view,
    streamed_table,
    time_to_live,
)
from harness.template.read.resources import Resources, mapping
from harness.template.read.tokens import shown

PIPE: Final = "AWS::Pipes::Pipe"
DEFAULT_BUS: Final = "default"
OF_TABLE, OF_SHARDS = "DynamoDBStreamParameters", "KinesisStreamParameters"
OF_QUEUE: Final = "SqsQueueParameters"


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
    enriched = "Enrichment" in properties
    return (_source(properties, resources) is not None
            and (not enriched or resources.function(properties["Enrichment"]) is not None)
            and properties.get("DesiredState") != "STOPPED"
            and next(_target(properties, resources), None) is not None)


def _fires_and_forgets(properties: Mapping[str, Any]) -> bool:
    """Tell if a pipe does not wait for the function that is its target."""
    given = mapping(mapping(properties.get("TargetParameters")).get("LambdaFunctionParameters"))
    return given.get("InvocationType") == "FIRE_AND_FORGET"


def _source(properties: Mapping[str, Any], resources: Resources) -> str | None:
    source = properties.get("Source")
    return (streamed_table(source, resources) or sharded_stream(source, resources)
            or resources.queue(source))


def _pipe(
    name: str, properties: Mapping[str, Any], resources: Resources, subject: str
) -> PipeFeed:
    source = _source(properties, resources) or ""
    queued = resources.queue(properties.get("Source")) is not None
    sharded = sharded_stream(properties.get("Source"), resources) is not None
    kind, target = next(_target(properties, resources))
    given = mapping(properties.get("TargetParameters"))
    of_bus = mapping(given.get("EventBridgeEventBusParameters"))
    criteria = mapping(mapping(properties.get("SourceParameters")).get("FilterCriteria"))
    return PipeFeed(
        logical_id=name, table=source, kind=kind, target=target,
        view="" if sharded or queued else stream_view(source, resources, subject),
        filters=tuple(read_filters(criteria, subject)),
        template=_template(given),
        source=str(shown(of_bus.get("Source", f"Pipe {properties.get('Name', name)}"))),
        detail_type=str(shown(of_bus.get("DetailType", _detail_type(sharded, queued)))),
        group=_group(given),
        enrichment=resources.function(properties.get("Enrichment")) or "",
        sharded=sharded,
        queued=queued,
        forgets=_fires_and_forgets(properties),
    )


def _detail_type(sharded: bool, queued: bool) -> str:
    return f"Event from aws:{'sqs' if queued else 'kinesis' if sharded else 'dynamodb'}"


def _template(parameters: Mapping[str, Any]) -> str | None:
    template = parameters.get("InputTemplate")
    return None if template is None else str(shown(template))


def _group(given: Mapping[str, Any]) -> str:
    """The group of a FIFO queue, or the partition key of a Kinesis stream."""
    queue = mapping(given.get("SqsQueueParameters")).get("MessageGroupId", "")
    return str(shown(mapping(given.get("KinesisStreamParameters")).get("PartitionKey", queue)))


def _target(properties: Mapping[str, Any], resources: Resources) -> Iterator[tuple[Any, str]]:
    value = properties.get("Target")
    for kind, found in (("queue", resources.queue(value)), ("topic", resources.topic(value)),
                        ("stream", resources.stream(value)),
                        ("function", resources.function(value))):
        if found is not None:
            yield kind, found
    if resources.bus(value) is not None or "event-bus/" in str(value):
        yield "bus", read_bus(value, resources) or DEFAULT_BUS


def piped_streams(
    pipes: tuple[PipeFeed, ...], resources: Resources
) -> tuple[StreamFeed, ...]:
    """The streams of tables that pipes hand to functions."""
    return tuple(
        StreamFeed(view=each.view, ttl=time_to_live(each.table, resources),
                   **_read(each, OF_TABLE, resources))
        for each in pipes if each.reader and not each.sharded and not each.queued)


def piped_queues(pipes: tuple[PipeFeed, ...], resources: Resources) -> tuple[QueueFeed, ...]:
    """The queues that pipes hand to functions."""
    return tuple(_queue(each, resources) for each in pipes if each.reader and each.queued)


def _queue(pipe: PipeFeed, resources: Resources) -> QueueFeed:
    properties = resources.properties(pipe.logical_id)
    given = mapping(mapping(properties.get("SourceParameters")).get(OF_QUEUE))
    enriching = mapping(properties.get("EnrichmentParameters"))
    return QueueFeed(
        queue=pipe.table, function=pipe.reader, batch_size=batch_size(given.get("BatchSize", 10)),
        filters=pipe.filters, receives=receives(pipe.table, resources), pipe=pipe.logical_id,
        template=_template(enriching) if pipe.enrichment else pipe.template,
        enriches=bool(pipe.enrichment))


def piped_shards(pipes: tuple[PipeFeed, ...], resources: Resources) -> tuple[ShardFeed, ...]:
    """The Kinesis streams that pipes hand to functions."""
    return tuple(
        ShardFeed(shards=shards_of(each.table, resources), **_read(each, OF_SHARDS, resources))
        for each in pipes if each.reader and each.sharded)


def _read(pipe: PipeFeed, key: str, resources: Resources) -> dict[str, Any]:
    """The settings of a pipe that hands records to a function, as fields of ``RecordFeed``."""
    properties = resources.properties(pipe.logical_id)
    given = mapping(mapping(properties.get("SourceParameters")).get(key))
    enriching = mapping(properties.get("EnrichmentParameters"))
    return {
        **source_settings(given),
        "logical_id": pipe.logical_id,
        "source": pipe.table,
        "function": pipe.reader,
        "bisect": given.get("OnPartialBatchItemFailure") == "AUTOMATIC_BISECT",
        "aside": "Arn" in mapping(given.get("DeadLetterConfig")),
        "filters": pipe.filters,
        "pipe": True,
        "template": _template(enriching) if pipe.enrichment else pipe.template,
        "enriches": bool(pipe.enrichment),
    }


def passed_on(pipes: tuple[PipeFeed, ...]) -> tuple[Destination, ...]:
    """The places that pipes hand the answers of their enrichments to."""
    return tuple(Destination(each.enrichment, each.kind, each.target)
                 for each in pipes if each.enrichment)
