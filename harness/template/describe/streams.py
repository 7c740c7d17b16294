"""Streams of tables, and those of Kinesis, that feed functions, with Lambda's defaults.

Sources: CloudFormation reference, AWS::Lambda::EventSourceMapping; Lambda Developer Guide, "Using
AWS Lambda with Amazon DynamoDB" (batches of 100, retries until a record expires), "Error handling
for DynamoDB event sources" and "Using event filtering with a DynamoDB event source"; "Using Lambda
to process records from Amazon Kinesis Data Streams"; Kinesis API reference, CreateStream (an
on-demand stream begins with four shards).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from harness.template.describe.feeds import DEFAULT_SIZE, LARGEST_SIZE, ShardFeed, StreamFeed
from harness.template.describe.messaging import FEED, read_filters
from harness.template.read.errors import RelayUnsupported
from harness.template.read.resources import Resources, items, mapping
from harness.template.read.tokens import references

TABLES = ("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable")
CONSUMER = "AWS::Kinesis::StreamConsumer"
ON_DEMAND_SHARDS, MOST_SHARDS = 4, 1000


def read_streams(resources: Resources, file: Path) -> tuple[StreamFeed, ...]:
    """The enabled event source mappings from a table's stream to a function of the template.

    Raises:
        RuleInvalid: AWS refuses a filter.
        RelayUnsupported: the table has no stream.
    """
    return tuple(
        _feed(table, name, properties, resources, file) for name, properties in resources.of(FEED)
        if (table := streamed_table(properties.get("EventSourceArn"), resources)) is not None
        and _is_read(properties, resources))


def read_shards(resources: Resources, file: Path) -> tuple[ShardFeed, ...]:
    """The enabled event source mappings from a Kinesis stream to a function of the template.

    Raises:
        RuleInvalid: AWS refuses a filter.
    """
    return tuple(
        ShardFeed(source=stream, shards=shards_of(stream, resources),
                  **_mapped(name, properties, resources, file))
        for name, properties in resources.of(FEED)
        if (stream := sharded_stream(properties.get("EventSourceArn"), resources)) is not None
        and _is_read(properties, resources))


def sharded_stream(source: Any, resources: Resources) -> str | None:
    """The Kinesis stream that a value names, itself or by a consumer of it."""
    for name in references(source):
        if resources.type(name) == CONSUMER:
            return resources.stream(resources.properties(name).get("StreamARN"))
    return resources.stream(source)


def shards_of(stream: str, resources: Resources) -> int:
    """The shards of a Kinesis stream of the template."""
    properties = resources.properties(stream)
    mode = str(mapping(properties.get("StreamModeDetails")).get("StreamMode"))
    usual = ON_DEMAND_SHARDS if mode == "ON_DEMAND" else 1
    return _number(properties.get("ShardCount"), usual, MOST_SHARDS)


def streamed_table(source: Any, resources: Resources) -> str | None:
    """The table whose stream a value names."""
    return next((name for name in references(source) if resources.type(name) in TABLES), None)


def _is_read(properties: Mapping[str, Any], resources: Resources) -> bool:
    """Tell if a mapping is enabled, and its function is of the template."""
    function = resources.function(properties.get("FunctionName"))
    return function is not None and str(properties.get("Enabled", True)).lower() != "false"


def _feed(
    table: str, name: str, properties: Mapping[str, Any], resources: Resources, file: Path
) -> StreamFeed:
    return StreamFeed(
        source=table,
        view=stream_view(table, resources, _subject(name, file)),
        ttl=time_to_live(table, resources),
        **_mapped(name, properties, resources, file),
    )


def _subject(name: str, file: Path) -> str:
    return f"template {file}, event source mapping {name}"


def _mapped(
    name: str, properties: Mapping[str, Any], resources: Resources, file: Path
) -> dict[str, Any]:
    """The settings of a mapping that reads a stream, as fields of ``RecordFeed``."""
    criteria = mapping(properties.get("FilterCriteria"))
    return {
        "logical_id": name,
        "function": resources.function(properties.get("FunctionName")),
        **source_settings(properties),
        "partial": "ReportBatchItemFailures" in items(properties.get("FunctionResponseTypes")),
        "bisect": str(properties.get("BisectBatchOnFunctionError")).lower() == "true",
        "aside": "Destination" in mapping(
            mapping(properties.get("DestinationConfig")).get("OnFailure")),
        "filters": tuple(read_filters(criteria, _subject(name, file))),
    }


def source_settings(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that mappings and pipes have alike, as fields of ``RecordFeed``."""
    return {
        "batch_size": _number(properties.get("BatchSize"), DEFAULT_SIZE, LARGEST_SIZE),
        "retries": _retries(properties),
        "parallel": _number(properties.get("ParallelizationFactor"), 1, 10),
    }


def stream_view(table: str, resources: Resources, subject: str) -> str:
    """The images in the records of a table's stream.

    Raises:
        RelayUnsupported: the table has none.
    """
    given = mapping(resources.properties(table).get("StreamSpecification"))
    if "StreamViewType" in given:
        return str(given["StreamViewType"])
    raise RelayUnsupported(
        subject, expected=f"a stream of the table {table}", got="a table without one",
        remedy="add StreamSpecification to the table")


def time_to_live(table: str, resources: Resources) -> str:
    """The attribute that says when an item of a table expires, if one does."""
    given = mapping(resources.properties(table).get("TimeToLiveSpecification"))
    enabled = str(given.get("Enabled")).lower() == "true"
    return str(given.get("AttributeName", "")) if enabled else ""


def _retries(properties: Mapping[str, Any]) -> int | None:
    """The attempts after the first; a limit of age ends them as well, after the usual ones."""
    given = str(properties.get("MaximumRetryAttempts", -1))
    if given.isdecimal():
        return int(given)
    aged = str(properties.get("MaximumRecordAgeInSeconds", -1)).isdecimal()
    return LARGEST_SIZE if aged else None


def _number(value: Any, default: int, most: int) -> int:
    text = str(value)
    return min(max(int(text), 1), most) if text.isdecimal() and len(text) < 10 else default


def stream_mappings(resources: Resources) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The function and the properties of each mapping whose source is no queue."""
    for _, properties in resources.of(FEED):
        source = properties.get("EventSourceArn")
        function = resources.function(properties.get("FunctionName"))
        if function is not None and source is not None and resources.queue(source) is None:
            yield function, properties


def has_windows(properties: Mapping[str, Any]) -> bool:
    """Tell if a mapping has tumbling windows, whose state no run hands from batch to batch."""
    return str(properties.get("TumblingWindowInSeconds") or 0) != "0"
