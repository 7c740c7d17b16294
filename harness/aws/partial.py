"""Requests of several entries of which every second one fails.

API references: PutEvents (FailedEntryCount), PutRecords (FailedRecordCount), SendMessageBatch
(Failed), BatchWriteItem (UnprocessedItems), BatchGetItem (UnprocessedKeys). The entries that do not
fail are performed.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from harness.aws.calls import Call
from harness.aws.faults import FAILED_RECORD
from harness.core.faults import UNPROCESSED_MEMBERS

Document = dict[str, Any]
FAILED_EVENT = {"ErrorCode": "ThrottlingException", "ErrorMessage": "Rate exceeded"}


@dataclass(frozen=True, slots=True)
class Part:
    """The request of the entries that are performed, and the whole answer for theirs."""

    request: bytes
    answer: Callable[[bytes], str]


def performed_part(call: Call) -> Part | None:
    """The part of a request that is performed; None if it has one entry, or fails as a whole."""
    asked = json.loads(call.body)
    if call.operation in UNPROCESSED_MEMBERS:
        return _of_batch(call.operation, asked)
    member = "Records" if call.operation == "PutRecords" else "Entries"
    entries = asked.get(member, [])
    if len(entries) < 2:
        return None
    answer = ANSWERS.get(call.operation, _messages_answer)
    request = json.dumps({**asked, member: entries[::2]}).encode()
    return Part(request, lambda body: json.dumps(answer(json.loads(body), entries)))


def _events_answer(answered: Document, entries: list[Document]) -> Document:
    made = iter(answered["Entries"])
    results = [next(made) if place % 2 == 0 else FAILED_EVENT for place in range(len(entries))]
    failed = sum("ErrorCode" in result for result in results)
    return {"FailedEntryCount": failed, "Entries": results}


def _records_answer(answered: Document, entries: list[Document]) -> Document:
    made = iter(answered["Records"])
    results = [next(made) if place % 2 == 0 else FAILED_RECORD for place in range(len(entries))]
    return {"FailedRecordCount": sum("ErrorCode" in each for each in results), "Records": results}


ANSWERS: dict[str, Callable[[Document, list[Document]], Document]] = {
    "PutEvents": _events_answer, "PutRecords": _records_answer}


def _messages_answer(answered: Document, entries: list[Document]) -> Document:
    failed = [{"Id": entry["Id"], "SenderFault": False, "Code": "ServiceUnavailable",
               "Message": "Service is unavailable"} for entry in entries[1::2]]
    return {**answered, "Failed": [*answered.get("Failed", []), *failed]}


def _of_batch(operation: str, asked: Document) -> Part | None:
    """The items of a batch, counted through all of its tables."""
    items = [(table, item) for table, given in asked["RequestItems"].items()
             for item in (given["Keys"] if operation == "BatchGetItem" else given)]
    if len(items) < 2:
        return None
    undone = _requested(operation, asked, items[1::2])

    def answer(body: bytes) -> str:
        return json.dumps({**json.loads(body), UNPROCESSED_MEMBERS[operation]: undone})

    request = {**asked, "RequestItems": _requested(operation, asked, items[::2])}
    return Part(json.dumps(request).encode(), answer)


def _requested(operation: str, asked: Document, items: list[tuple[str, Any]]) -> Document:
    """Some items as a request names them: by table, with all else that it says of the table."""
    found: Document = {}
    for table, item in items:
        found.setdefault(table, []).append(item)
    if operation == "BatchGetItem":
        return {table: {**asked["RequestItems"][table], "Keys": keys}
                for table, keys in found.items()}
    return found
