"""The expected beside the observed."""

from __future__ import annotations

from harness.report.page.differences import Pair, side_by_side


def test_the_differing_member_is_marked() -> None:
    """Of two views only the line that differs is marked, whatever the order of members."""
    pairs = side_by_side({"a": 1, "b": 2}, {"b": 3, "a": 1})
    assert [pair for pair in pairs if pair.expected[1]] == [
        Pair(('  "b": 2', True), ('  "b": 3', True))]


def test_texts_that_are_json_are_compared_as_json() -> None:
    """A view that was recorded as text is laid out like any other."""
    assert side_by_side('{"a": 1}', {"a": 1}) == side_by_side({"a": 1}, {"a": 1})


def test_a_text_stays_a_text() -> None:
    """Words stand as they are, and a missing line is an empty one."""
    assert side_by_side([1], "never published")[0] == Pair(("[", True), ("never published", True))
    assert side_by_side([1], "never published")[-1] == Pair(("]", True), ("", True))
