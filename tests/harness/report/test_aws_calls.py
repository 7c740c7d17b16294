"""Interleaved and disturbed calls as text."""

from dataclasses import replace

import pytest

from harness.core.history import Called, Interleaved, Reply, Role, Sent
from harness.core.http import Response
from harness.report.aws_calls import render_calls
from harness.report.call_values import value_of
from tests.harness.histories import Story


def called(
    operation: str, key: str, *, branch: int | None = None, invocation: int = 1,
    status: int = 200, error: str | None = None,
) -> Called:
    """A call of the command function."""
    return Called(Role.COMMAND, "CommandFunction", invocation, "s3", operation, "events",
                  "n0001a" + key, status, error, (), branch)


def sent(status: int) -> Sent:
    """A reply."""
    return Sent(0, "{}", None, False, Reply.ACCEPTED, Response(status, (), ""), 0)


def told(*records: Called | Sent | Interleaved) -> list[str]:
    """The calls that are rendered of a history."""
    story = Story()
    for record in records:
        story.add(record)
    return render_calls(story.history)


def test_each_branch_has_its_column() -> None:
    """The order of the calls reads from top to bottom."""
    lines = told(
        called("ListObjectsV2", "a/", branch=0),
        called("ListObjectsV2", "a/", branch=1, invocation=2),
        called("PutObject", "a/1.json", branch=1, invocation=2), sent(200),
        called("PutObject", "a/1.json", branch=0, status=412), sent(409),
        Interleaved(2, 0, ()))

    assert lines == [
        "The AWS calls of step 3, in their order, a column for each branch:",
        "  [1: command]               [2: command]",
        "  ListObjectsV2 a/",
        "                             ListObjectsV2 a/",
        "                             PutObject a/1.json",
        "                             -> 200",
        "  PutObject a/1.json  (412)",
        "  -> 409",
        "  (-> reply)",
    ]


def test_a_branch_without_calls() -> None:
    """A branch that makes no call has an empty column."""
    assert told(called("GetObject", "a", branch=1), Interleaved(0, 0, ())) == [
        "The AWS calls of step 1, in their order, a column for each branch:",
        "    [2: command]", "    GetObject a"]


def test_values_tell_events_apart() -> None:
    """A call is followed by its line in the user's code, and by what it wrote or read."""
    stored = replace(called("PutObject", "a/1.json", branch=0), line="src/orders/store.py:7",
                     payload='{"type": "OrderCreated",  "id": "a long one"}')
    listed = replace(called("ListObjectsV2", "a/", branch=1),
                     answer="<?xml version='1.0'?><Key>n0001aa/1.json</Key>")
    item = replace(called("GetItem", "a", branch=1), answer='{"Item": {"n": {"N": "1.50"}}}')
    absent = replace(called("GetItem", "b", branch=1), answer="{}")

    assert told(stored, listed, item, absent, Interleaved(0, 0, ()))[2:] == [
        "  PutObject a/1.json  orders/store.py:7",
        '  > {"type": "OrderCreated", "id": ...',
        "                                         ListObjectsV2 a/",
        "                                         < a/1.json",
        "                                         GetItem a",
        '                                         < {"n": 1.50}',
        "                                         GetItem b",
        "                                         < nothing",
        "  (> written, < read)",
    ]


@pytest.mark.parametrize(("operation", "payload", "value"), [
    ("PutItem", '{"Item": {"id": {"S": "a"}}, "TableName": "t"}', '> {"id": "a"}'),
    ("UpdateItem", '{"ExpressionAttributeValues": {":n": {"N": "2"}}}', '> {":n": 2}'),
    ("TransactWriteItems", '{"TransactItems": [{"Put": {"Item": {"n": {"N": "1"}}}}, '
     '{"Delete": {"Key": {"id": {"S": "b"}}}}]}', '> {"n": 1}, {"id": "b"}'),
    ("PutEvents", '{"Entries": [{"Detail": "{\\"n\\": 1}"}]}', '> {"n": 1}'),
    ("SendMessage", '{"MessageBody": "x"}', "> x"),
    ("PutObject", "no JSON", "> no JSON"),
])
def test_values_of_operations(operation: str, payload: str, value: str) -> None:
    """The names of the protocol around a value are left out."""
    assert value_of(replace(called(operation, "a"), payload=payload), "n0001") == value


def test_faults_are_shown_where_they_hit() -> None:
    """With the other calls of the invocation, and what the SDK tried again only once."""
    lines = told(
        called("ListObjectsV2", "b/", invocation=7),
        called("ListObjectsV2", "a/", invocation=8),
        *[called("PutObject", "a/1.json", invocation=8, status=503, error="throttling")] * 3)

    assert lines == [
        "The AWS calls of the command function, disturbed:",
        "  ListObjectsV2 a/",
        "  PutObject a/1.json  (throttling), 3 times",
    ]


def test_nothing_is_told_where_nothing_was_disturbed() -> None:
    """Plain counterexamples stay as short as they are."""
    assert told(called("ListObjectsV2", "a/"), sent(200)) == []
