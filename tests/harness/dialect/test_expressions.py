"""Pointers, templates and patterns."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.dialect.conversions import ConversionError
from harness.dialect.expressions import (
    MISSING,
    WITHIN_TEXT,
    NotationError,
    pattern,
    pointer,
    rendered,
    source,
    template,
)

NAMES = st.text("abcXYZ_09", min_size=1, max_size=5)


class TestPointers:
    @given(st.lists(NAMES, min_size=1, max_size=4), st.integers())
    def test_what_is_put_is_found(self, parts: list[str], value: int) -> None:
        """A value is found where it was put."""
        place, document = pointer(".".join(parts)), dict[str, Any]()
        place.put(document, value)
        assert place.find(document) == value

    @pytest.mark.parametrize(("text", "found"), [
        ("", {"a": {"b/c": [1, 2]}}), ("a", {"b/c": [1, 2]}), ("/a/b~1c/1", 2), ("a.x", MISSING),
        ("/a/b~1c/7", MISSING),
    ])
    def test_places(self, text: str, found: Any) -> None:
        """A pointer has dots between its parts, or is a JSON pointer."""
        assert pointer(text).find({"a": {"b/c": [1, 2]}}) == found

    def test_unknown_conversion(self) -> None:
        """A conversion that there is not is named with those that there are."""
        with pytest.raises(NotationError, match="cents"):
            source("a|pence")


VALUES = {"id": "x", "amount": 5, "$": {"amount": 5, "who": "Ada"}}


class TestTemplates:
    @pytest.mark.parametrize(("written", "made"), [
        ({"$": 1, "n": "$id"}, {"amount": 5, "who": "Ada", "n": "x"}),
        ({"$": 1, "amount": 25}, {"amount": 25, "who": "Ada"}),
        ({"a": ["$id", "$none"], "b": "$none"}, {"a": ["x"]}),
        ({"a": "$amount|text", "b": "$$id", "c": "$|json"},
         {"a": "5", "b": "$id", "c": '{"amount": 5, "who": "Ada"}'}),
    ])
    def test_rendered(self, written: Any, made: Any) -> None:
        """Members take their places; one that is not there takes none."""
        assert rendered(template(written), VALUES) == made

    @pytest.mark.parametrize(("text", "made"), [
        ('"{amount}"', '"5"'), ("W/{id}-{amount}", "W/x-5"), ("{none}", MISSING)])
    def test_within_a_text(self, text: str, made: Any) -> None:
        """In a header, members stand within a text; in a body braces are braces."""
        assert rendered(template(text, WITHIN_TEXT), VALUES) == made
        assert rendered(template(text), VALUES) == text

    def test_no_text(self) -> None:
        """A value that is no text has no place within one."""
        with pytest.raises(ConversionError):
            rendered(template("{who}", WITHIN_TEXT), {"who": True})

    def test_key_only(self) -> None:
        """An exclamation mark belongs to a repetition key."""
        with pytest.raises(NotationError, match="key"):
            template("$id!")


class TestPatterns:
    @given(st.lists(NAMES, min_size=3, max_size=3, unique=True), NAMES, NAMES)
    def test_what_is_filled_in_is_found(self, parts: list[str], one: str, other: str) -> None:
        """The named parts come back from the text that they were filled into."""
        found = pattern(f"{parts[0]}#{{id}}/{{version}}.json")
        assert found.match(found.fill({"id": one, "version": other})) == {
            "id": one, "version": other}

    def test_another_text(self) -> None:
        """A text of another form does not match, nor does what is no text."""
        assert (pattern("A#{id}").match("B#1"), pattern("A#{id}").match(1)) == (None, None)

    def test_a_name_twice(self) -> None:
        """A name comes once."""
        with pytest.raises(NotationError):
            pattern("{id}/{id}")


@pytest.mark.parametrize("text", ["data.meta.id", "data|json.meta.id"])
def test_inside_a_json_text(text: str) -> None:
    """A source reads on in a JSON text."""
    assert source(text).find({"data": '{"meta": {"id": "e1"}}'}) == "e1"
