"""The text that a pipe hands to its target."""

import json
from typing import Any

import pytest

from harness.functions.events.pipes import parameter, pipe_text

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
