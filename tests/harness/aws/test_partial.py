"""Requests of which every second entry fails."""

import json
from typing import Any

from harness.aws.calls import Call
from harness.aws.partial import performed_part


def part(operation: str, **asked: Any) -> Any:
    return performed_part(Call("x", operation, "", "", (), json.dumps(asked).encode()))


def test_events() -> None:
    """The first and the third are published, and the second is told in its place."""
    found = part("PutEvents", Entries=[{"Detail": n} for n in "abc"])
    answer = json.loads(found.answer(b'{"Entries": [{"EventId": "1"}, {"EventId": "3"}]}'))

    assert [e["Detail"] for e in json.loads(found.request)["Entries"]] == ["a", "c"]
    assert answer["FailedEntryCount"] == 1
    assert [sorted(e) for e in answer["Entries"]] == [
        ["EventId"], ["ErrorCode", "ErrorMessage"], ["EventId"]]


def test_messages() -> None:
    """A message that failed is named by its id."""
    found = part("SendMessageBatch", QueueUrl="q", Entries=[{"Id": "a"}, {"Id": "b"}])
    answer = json.loads(found.answer(b'{"Successful": [{"Id": "a"}]}'))

    assert json.loads(found.request) == {"QueueUrl": "q", "Entries": [{"Id": "a"}]}
    assert [each["Id"] for each in answer["Failed"]] == ["b"]


def test_items() -> None:
    """Items are counted through all tables, and come back as they were asked for."""
    found = part("BatchGetItem", RequestItems={
        "t": {"Keys": [1, 2], "ConsistentRead": True}, "u": {"Keys": [3]}})
    answer = json.loads(found.answer(b'{"Responses": {}}'))

    assert json.loads(found.request)["RequestItems"] == {
        "t": {"Keys": [1], "ConsistentRead": True}, "u": {"Keys": [3]}}
    assert answer["UnprocessedKeys"] == {"t": {"Keys": [2], "ConsistentRead": True}}


def test_one_entry() -> None:
    """A request of one entry has no part."""
    assert part("PutEvents", Entries=[{}]) is None
