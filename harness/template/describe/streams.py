"""Streams of tables that feed functions, with Lambda's defaults.

Sources: CloudFormation reference, AWS::Lambda::EventSourceMapping; Lambda Developer Guide, "Using
AWS Lambda with Amazon DynamoDB" (batches of 100, retries until a record expires), "Error handling
for DynamoDB event sources" and "Using event filtering with a DynamoDB event source".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from harness.template.describe.feeds import DEFAULT_SIZE, LARGEST_SIZE, StreamFeed
from harness.template.describe.messaging import FEED, read_filters
from harness.template.read.errors import RelayUnsupported
from harness.template.read.resources import Resources, items, mapping
from harness.template.read.tokens import references

TABLES = ("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable")


def read_streams(resources: Resources, file: Path) -> tuple[StreamFeed, ...]:
    """The enabled event source mappings from a table's stream to a function of the template.

    Raises:
        RuleInvalid: AWS refuses a filter.
        RelayUnsupported: the table has no stream.
    """
    found = (_feed(name, properties, resources, file) for name, properties in resources.of(FEED))
    return tuple(feed for feed in found if feed is not None)


def streamed_table(source: Any, resources: Resources) -> str | None:
    """The table whose stream a value names."""
    return next((name for name in references(source) if resources.type(name) in TABLES), None)


def _feed(
    name: str, properties: Mapping[str, Any], resources: Resources, file: Path
) -> StreamFeed | None:
    table = streamed_table(properties.get("EventSourceArn"), resources)
    function = resources.function(properties.get("FunctionName"))
    enabled = str(properties.get("Enabled", True)).lower() != "false"
    if table is None or function is None or not enabled:
        return None
    subject = f"template {file}, event source mapping {name}"
    destination = mapping(mapping(properties.get("DestinationConfig")).get("OnFailure"))
    return StreamFeed(
        logical_id=name,
        table=table,
        function=function,
        view=stream_view(table, resources, subject),
        batch_size=_number(properties.get("BatchSize"), DEFAULT_SIZE, LARGEST_SIZE),
        partial="ReportBatchItemFailures" in items(properties.get("FunctionResponseTypes")),
        bisect=str(properties.get("BisectBatchOnFunctionError")).lower() == "true",
        retries=_retries(properties),
        aside="Destination" in destination,
        parallel=_number(properties.get("ParallelizationFactor"), 1, 10),
        ttl=_ttl(mapping(resources.properties(table).get("TimeToLiveSpecification"))),
        filters=tuple(read_filters(mapping(properties.get("FilterCriteria")), subject)),
    )


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


def _ttl(given: Mapping[str, Any]) -> str:
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


def stream_sources(resources: Resources) -> Iterator[tuple[str, Any]]:
    """The function and the source of each mapping whose source is no queue."""
    for _, properties in resources.of(FEED):
        source = properties.get("EventSourceArn")
        function = resources.function(properties.get("FunctionName"))
        if function is not None and source is not None and resources.queue(source) is None:
            yield function, source
