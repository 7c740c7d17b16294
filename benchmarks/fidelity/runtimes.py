"""The variables of a function's environment, and the members of a queue's record."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.fidelity.comparison import Comparison, snapshots
from harness.functions.events import SqsMessage, sqs_event
from harness.stages.controlled.runtime_variables import runtime_variables

COMMON = "lambda_/test_lambda_common.snapshot.json"
RUNTIMES = ("python3.13", "nodejs22.x", "java21", "provided.al2023")
OWN = {"TEST_KEY"}
QUEUES = "lambda_/event_source_mapping/test_lambda_integration_sqs.snapshot.json"
OF_THE_PROCESS = {"_HANDLER", "_X_AMZN_TRACE_ID", "AWS_EXECUTION_ENV", "LAMBDA_TASK_ROOT", "PWD",
                  "LD_LIBRARY_PATH", "NODE_PATH", "NODE_EXTRA_CA_CERTS", "LC_CTYPE", "PYTHONPATH"}
"""Variables that a runtime sets where it starts, which tests of each runtime look at."""


def variables(folder: Path) -> Iterator[Comparison]:
    """The names of the variables that AWS sets and that are missing here: none."""
    here = runtime_variables({"FunctionName": "f"}).keys() | OF_THE_PROCESS
    for name, content in snapshots(folder, COMMON):
        runtime = name.partition("[")[2].removesuffix("]")
        if "test_introspection_invoke" in name and runtime in RUNTIMES:
            given = content["invocation_result_payload"]["environment"].keys() - OWN
            yield Comparison(runtime, [], sorted(given - here))


def records(folder: Path) -> Iterator[Comparison]:
    """The members and attributes of the records that functions got from queues."""
    event = sqs_event([SqsMessage("m", "{}")], queue_arn="arn:aws:sqs:us-east-1:1:q", epoch_ms=0)
    here = _shape(event["Records"][0])
    for name, content in snapshots(folder, QUEUES):
        for record in _found(content):
            if "MessageGroupId" not in record["attributes"]:
                yield Comparison(name, _shape(record), here)
                break


def _shape(record: dict[str, Any]) -> tuple[list[str], list[str]]:
    """The names that say something: AWS has some with null, now and then."""
    said = [name for name, value in record.items() if value is not None]
    return sorted(said), sorted(record["attributes"])


def _found(value: Any) -> Iterator[dict[str, Any]]:
    """The records anywhere in what was recorded."""
    if isinstance(value, list):
        for each in value:
            yield from _found(each)
    elif isinstance(value, dict):
        yield from (each for each in value.get("Records") or () if "attributes" in each)
        for member in value.values():
            yield from _found(member)
