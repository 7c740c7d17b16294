"""The text that a pipe hands to its target."""

import json
from typing import Any

import pytest

from harness.functions.events.pipes import answers_of, parameter, pipe_text, pipe_value

RECORD: dict[str, Any] = {"eventName": "INSERT", "dynamodb": {
    "NewImage": {"id": {"S": "a\"b"}, "data": {"M": {"n": {"N": "1"}}}}}}


class TestText:
    def test_without_a_template(self) -> None:
        """The record as it is."""
        assert json.loads(pipe_text(RECORD, None)) == RECORD

    @pytest.mark.parametrize(("template", "text"), [
        ('{"id": <$.dynamodb.NewImage.id.S>}\n', {"id": 'a"b'}),
        ('{"data": <$.dynamodb.NewImage.data.M>}', {"data": {"n": {"N": "1"}}}),
        ('"<$.eventName> of it"', "INSERT of it"),
    ])
    def test_template(self, template: str, text: Any) -> None:
        """Values take the place of paths, and texts get quotes where JSON needs them."""
        assert json.loads(pipe_text(RECORD, template)) == text

    def test_plain_text(self) -> None:
        """A template that is no JSON is filled all the same."""
        assert pipe_text(RECORD, "it was <$.eventName>") in ("it was INSERT", '"it was INSERT"')


@pytest.mark.parametrize(("value", "expected"), [
    ("Stored", "Stored"), ("$.eventName", "INSERT"), ("$.dynamodb.NewImage.data.M.n.N", "1")])
def test_parameter(value: str, expected: str) -> None:
    """A parameter is a text, or a path into the record."""
    assert parameter(RECORD, value) == expected


@pytest.mark.parametrize(("answer", "events"), [
    ([{"a": 1}, {"b": 2}], [{"a": 1}, {"b": 2}]), ({"a": 1}, [{"a": 1}]), ([], []), (None, []),
    ([{}], []), ("", [])])
def test_answers(answer: Any, events: list[Any]) -> None:
    """The answer of an enrichment is a list of events, or one; an empty one passes nothing on."""
    assert answers_of(answer) == events


@pytest.mark.parametrize(("template", "value"), [
    (None, RECORD), ('{"id": <$.dynamodb.NewImage.id.S>}', {"id": 'a"b'})])
def test_value(template: str | None, value: Any) -> None:
    """A function gets the record, or the value that the template makes of it."""
    assert pipe_value(RECORD, template) == value
