"""Partial batches: what comes again after the report of a function, from queues and streams."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.fidelity.comparison import Comparison, snapshots
from harness.functions.events import SqsMessage, batch_failures, first_failure

PLACE = "lambda_/event_source_mapping"
QUEUES = f"{PLACE}/test_lambda_integration_sqs.snapshot.json"
STREAMS = {f"{PLACE}/test_lambda_integration_kinesis.snapshot.json": "kinesis_events",
           f"{PLACE}/test_lambda_integration_dynamodbstreams.snapshot.json": "dynamodb_events"}
"""The files of streams, and the member that has all invocations."""
RESULTS: dict[str, Any] = {
    "empty_string_success": "",
    "empty_list_success": [],
    "null_success": None,
    "empty_dict_success": {},
    "empty_batch_item_failure_success": {"batchItemFailures": []},
    "null_batch_item_failure_success": {"batchItemFailures": None},
    "item_identifier_not_present_failure": {"batchItemFailures": [{"itemIdentifier": 123}]},
    "empty_string_item_identifier_failure": {"batchItemFailures": [{"itemIdentifier": ""}]},
    "null_item_identifier_failure": {"batchItemFailures": [{"itemIdentifier": None}]},
    "invalid_key_foo_failure": {"batchItemFailures": [{"foo": 123}]},
    "invalid_key_foo_null_value_failure": {"batchItemFailures": [{"foo": None}]},
}
"""The result that the function of LocalStack's test returns, by the test's parameter."""


def partial_batches(folder: Path) -> Iterator[Comparison]:
    """The messages of a queue, and the records of a stream, that a function gets again."""
    for name, content in snapshots(folder, QUEUES):
        if "report_batch_item_failures" in name and "first_invocation" in content:
            yield from _of_queue(name, content)
    for file, member in STREAMS.items():
        for name, content in snapshots(folder, file):
            scenario = name.partition("[")[2].removesuffix("]")
            if scenario in RESULTS and "report_batch_item" in name:
                here = first_failure(RESULTS[scenario], ["1"], partial=True)
                yield Comparison(name, len(content[member]) > 1, here is not None)


def _of_queue(name: str, content: dict[str, Any]) -> Iterator[Comparison]:
    invocations = [content[f"{nth}_invocation"]["Messages"][0]["Body"]
                   for nth in ("first", "second") if f"{nth}_invocation" in content]
    dead = {each["MessageId"] for each in content.get("dlq_response", {}).get("Messages", ())}
    again = [*({each["messageId"] for each in _records(body)} for body in invocations[1:]), dead]
    for number, (body, expected) in enumerate(zip(invocations, again, strict=True), 1):
        sent = [SqsMessage(each["messageId"], "") for each in _records(body)]
        here = set(batch_failures(body["result"], sent, partial=True))
        yield Comparison(f"{name}, invocation {number}", expected, here)


def _records(body: dict[str, Any]) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = body["event"]["Records"]
    return records
