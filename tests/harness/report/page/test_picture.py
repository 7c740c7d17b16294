"""A history as one SVG picture."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace

from harness.core.history import History, System
from harness.report.page.picture import picture
from tests.harness.histories import CREATED, Story, about
from tests.harness.report.page.test_lanes import NAMESPACE, PUT


def _drawn(**changed: object) -> ET.Element:
    story = Story()
    story.add(replace(PUT, **changed))  # type: ignore[arg-type]
    story.send(about(CREATED, f"{NAMESPACE}a"))
    history = History(NAMESPACE, System(), story.history.records)
    return ET.fromstring(picture(history, ["1. A client sends <x>"], "a & b"))


def _texts(drawn: ET.Element) -> list[str]:
    return [text.text or "" for text in drawn.iter("{http://www.w3.org/2000/svg}text")]


def test_only_lanes_in_use_are_drawn() -> None:
    """The lanes stand first, in the order of an event's way; nothing is read, so no query."""
    assert _texts(_drawn())[:3] == ["client", "command", "event store"]


def test_texts_are_escaped() -> None:
    """A step's sentence is text, whatever is in it."""
    assert "1. A client sends <x>" in _texts(_drawn())


def test_names_of_a_deployment_are_short() -> None:
    """A physical name says nothing that the logical id does not say."""
    drawn = _drawn(key="", resource="cqrs-conformance-Events-GY9J64LUZ6MR")
    assert "PutObject Events" in _texts(drawn)


def test_a_long_label_stays_in_the_picture() -> None:
    """A label that is too long is cut, and every label begins within the picture."""
    drawn = _drawn(key="k" * 300)
    width = float(drawn.get("width") or 0)
    longest = max(_texts(drawn), key=len)
    assert longest.endswith("…")
    assert len(longest) * 6 < width
